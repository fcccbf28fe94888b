"""The supervisor with small real processes, and with the real stack in the last tests."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from tenacity import wait_exponential

import stack
from conf.settings import Settings, load_settings
from runtime.errors import TableLocked
from runtime.resources import PROJECT
from stack import supervisor
from stack.processes import wait_until
from stack.supervisor import Backoff, Task, live_tasks, supervise

ELSEWHERE = {"kafka": {"bootstrap_servers": "broker:9092"}, "mongodb": {"uri": "mongodb://store"}}
"""Addresses of real servers, so that the supervisor starts no embedded stack."""


def a_task(name: str, home: Path, code: str = "time.sleep(600)", **timing: float) -> Task:
    """A process that writes its pid as a line of `<home>/<name>.pids`, then runs the code."""
    line = (
        f"import os, signal, sys, time; open({str(home / f'{name}.pids')!r}, 'a').write(f'{{os.getpid()}}\\n'); {code}"
    )
    every = timing.get("every_seconds")
    return Task(name, (sys.executable, "-c", line), once=bool(timing.get("once")), every_seconds=every)


def pids(home: Path, name: str) -> list[int]:
    file = home / f"{name}.pids"
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restarts come after 0.1 s at first, not after a second."""
    monkeypatch.setattr(supervisor, "DELAY", wait_exponential(multiplier=0.1))


@contextmanager
def supervised(home: Path, *tasks: Task, settings: Settings | None = None) -> Iterator[threading.Thread]:
    stop = threading.Event()
    arguments = (home, settings or load_settings(overrides=ELSEWHERE), tasks, stop)
    thread = threading.Thread(target=supervise, args=arguments, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.usefixtures("hasty")
def test_what_is_killed_is_started_again(tmp_path: Path) -> None:
    with supervised(tmp_path, a_task("stream", tmp_path)):
        assert wait_until(lambda: len(pids(tmp_path, "stream")) == 1, 10)
        os.kill(pids(tmp_path, "stream")[0], signal.SIGKILL)
        assert wait_until(lambda: len(pids(tmp_path, "stream")) == 2, 10)
    assert not psutil.pid_exists(pids(tmp_path, "stream")[1])


@pytest.mark.usefixtures("hasty")
def test_what_was_left_of_a_killed_process_is_ended_before_it_starts_again(tmp_path: Path) -> None:
    helper = (
        f"import os, time; open({str(tmp_path / 'helper.pids')!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(600)"
    )
    code = f"import subprocess; subprocess.Popen([sys.executable, '-c', {helper!r}]); time.sleep(600)"
    with supervised(tmp_path, a_task("stream", tmp_path, code)):
        assert wait_until(lambda: len(pids(tmp_path, "helper")) == 1, 10)
        os.kill(pids(tmp_path, "stream")[0], signal.SIGKILL)
        assert wait_until(lambda: len(pids(tmp_path, "helper")) == 2, 10)
        assert not is_living(pids(tmp_path, "helper")[0])
    assert wait_until(lambda: not is_living(pids(tmp_path, "helper")[1]), 5)


def is_living(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_first_task_is_tried_until_it_succeeds_and_the_others_wait(tmp_path: Path) -> None:
    code = f"sys.exit(len(open({str(tmp_path / 'first.pids')!r}).readlines()) < 2)"
    with supervised(tmp_path, a_task("first", tmp_path, code, once=True), a_task("stream", tmp_path)):
        assert wait_until(lambda: len(pids(tmp_path, "first")) == 1, 10)
        assert pids(tmp_path, "stream") == []
        assert wait_until(lambda: len(pids(tmp_path, "stream")) == 1, 10)
        assert len(pids(tmp_path, "first")) == 2


def test_a_timer_runs_again_and_again_but_not_at_once(tmp_path: Path) -> None:
    tasks = a_task("refresh", tmp_path, "pass", every_seconds=0.5), a_task("hourly", tmp_path, every_seconds=3_600)
    with supervised(tmp_path, *tasks):
        assert wait_until(lambda: len(pids(tmp_path, "refresh")) >= 3, 15)
    assert pids(tmp_path, "hourly") == []


def test_the_wait_doubles_to_a_minute_and_a_long_life_resets_it() -> None:
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [backoff.after(60), backoff.after(5)] == [1, 2]


def test_each_event_is_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="brandpulse.run")
    with supervised(tmp_path, a_task("stream", tmp_path, "print('inside'); sys.exit(5)")):
        assert wait_until(lambda: len(pids(tmp_path, "stream")) == 2, 10)
    assert any(message.startswith("stream started, pid") for message in caplog.messages)
    assert any(message.endswith("with exit code 5, restart in 1 s") for message in caplog.messages)
    assert "inside" in (tmp_path / "logs" / "stream.log").read_text()


def test_a_second_supervisor_of_the_same_home_is_refused(tmp_path: Path) -> None:
    with supervised(tmp_path, a_task("stream", tmp_path)):
        assert wait_until(lambda: len(pids(tmp_path, "stream")) == 1, 10)
        with pytest.raises(TableLocked, match="already supervised"):
            supervise(tmp_path, load_settings(overrides=ELSEWHERE), (), threading.Event())


SCRIPT = """
import signal, sys
from pathlib import Path
from conf.command_line import set_up_logging
from conf.settings import load_settings
from stack import supervisor
home, elsewhere, code = Path(sys.argv[1]), eval(sys.argv[2]), sys.argv[3]
set_up_logging()
supervisor.live_tasks = lambda settings: (supervisor.Task("stream", (sys.executable, "-c", code)),)
sys.exit(supervisor.run(home, load_settings(overrides=elsewhere)))
"""


def a_supervisor(home: Path, overrides: dict[str, dict[str, str]]) -> subprocess.Popen[bytes]:
    code = a_task("stream", home).command[2]
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(home), repr(overrides), code], cwd=PROJECT)


def test_what_a_killed_supervisor_left_behind_is_ended_by_the_next(tmp_path: Path) -> None:
    with a_supervisor(tmp_path, ELSEWHERE) as first:
        assert wait_until(lambda: len(pids(tmp_path, "stream")) == 1, 20)
        first.kill()
    assert is_living(pids(tmp_path, "stream")[0])
    with supervised(tmp_path, a_task("stream", tmp_path)):
        assert wait_until(lambda: len(pids(tmp_path, "stream")) == 2, 20)
        assert not is_living(pids(tmp_path, "stream")[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_children_and_the_exit_code_is_0(tmp_path: Path, number: signal.Signals) -> None:
    with a_supervisor(tmp_path, ELSEWHERE) as process:
        assert wait_until(lambda: len(pids(tmp_path, "stream")) == 1, 20)
        process.send_signal(number)
        assert process.wait(30) == 0
    assert not is_living(pids(tmp_path, "stream")[0])


def test_a_killed_broker_comes_back_and_the_stack_ends_with_the_supervisor(
    own_home: Path, own_stack: stack.Endpoints, kill: Callable[[str], None]
) -> None:
    (own_home / "stream.pids").unlink(missing_ok=True)
    with a_supervisor(own_home, {}) as process:
        assert wait_until(lambda: len(pids(own_home, "stream")) == 1, 120)
        kill("kafka")
        assert wait_until(lambda: stack.status(own_home)[0].answers, 120)
        process.terminate()
        assert process.wait(60) == 0
    assert [each.pid for each in stack.status(own_home)] == [None, None]
    assert not is_living(pids(own_home, "stream")[0])


def test_the_live_system_is_the_import_five_servers_and_eight_timers() -> None:
    settings = load_settings(overrides={"run": {"refresh_minutes": 5}})
    found = {task.name: (task.once, task.every_seconds) for task in live_tasks(settings)}
    assert found == {
        "import_annotator": (True, None),
        "stream_tweets": (False, None),
        "publish_live": (False, None),
        "raise_alerts": (False, None),
        "serve_dashboard": (False, None),
        "dispatch_tickets": (False, None),
        "refresh_insights": (False, 300),
        "rank_influencers": (False, 600),
        "measure_drift": (False, 86_400),
        "compact_lake": (False, 3_600),
        "identify_authors": (False, 3_600),
        "archive_desk": (False, 60),
        "expire_rows": (False, 86_400),
        "erase_tweets": (False, 3_600),
    }
    assert all((PROJECT / "jobs" / f"{name}.py").is_file() for name in found)


def test_with_a_token_the_live_system_asks_x_what_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANDPULSE_X_BEARER_TOKEN", "a token")
    (task,) = [task for task in live_tasks(load_settings()) if "collect" in task.name]
    assert (task.command[1:], task.every_seconds) == (("-m", "jobs.collect_compliance", "--source", "jobs"), None)


def test_the_live_system_listens_to_x_only_when_it_is_told_to() -> None:
    settings = load_settings(overrides={"run": {"collect_stream": True, "load_collector_state_minutes": 2}})
    tasks = [(task.name, task.command[3:], task.once, task.every_seconds) for task in live_tasks(settings)]
    assert tasks[-3:] == [
        ("collect_tweets", ("--source", "stream"), False, None),
        ("load_collector_state", (), False, 120),
        ("sync_rules", (), True, None),
    ]
    assert not {"collect_tweets", "sync_rules"} & {task.name for task in live_tasks(load_settings())}
