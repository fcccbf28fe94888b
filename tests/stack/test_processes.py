import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from runtime.errors import MissingPrerequisite
from stack import processes

READS_INPUT = "import sys; sys.stdin.read()"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[psutil.Process]]:
    found: list[psutil.Process] = []
    yield found
    processes.end(found, 1)


def a_process(code: str, log: Path, *arguments: str) -> psutil.Process:
    return psutil.Process(processes.spawn([sys.executable, "-c", code, *arguments], log).pid)


def test_a_process_is_found_by_its_mark_and_by_no_other(tmp_path: Path, started: list[psutil.Process]) -> None:
    mark = processes.mark(tmp_path, "kafka")
    started.append(a_process("import time; time.sleep(600)", tmp_path / "log", mark))
    assert processes.wait_until(lambda: processes.find(mark) == started[0], 5)
    assert processes.find(processes.mark(tmp_path, "mongodb")) is None
    assert processes.find(processes.mark(tmp_path / "other", "kafka")) is None


def test_a_process_that_was_killed_but_not_reaped_does_not_count_as_alive(tmp_path: Path) -> None:
    mark = processes.mark(tmp_path, "kafka")
    process = a_process("import time; time.sleep(600)", tmp_path / "log", mark)
    assert processes.wait_until(lambda: processes.find(mark) is not None, 5)
    process.kill()
    assert processes.wait_until(lambda: processes.find(mark) is None, 5)


def test_a_child_has_its_own_session_and_an_empty_input(tmp_path: Path) -> None:
    process = processes.spawn(
        [sys.executable, "-c", f"import os; print(os.getsid(0)); {READS_INPUT}"], tmp_path / "log"
    )
    assert process.wait(10) == 0
    assert int((tmp_path / "log").read_text()) == process.pid != os.getsid(0)


def test_a_process_that_ignores_sigterm_is_killed_after_the_grace(tmp_path: Path) -> None:
    process = a_process(DEAF, tmp_path / "log")
    assert processes.wait_until(lambda: "deaf" in (tmp_path / "log").read_text(), 5)
    processes.end([process], 0.5)
    assert not processes.is_alive(process)


def test_a_log_that_has_grown_large_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOG_BYTES", 10)
    (tmp_path / "x.log").write_text("an old line that is long\n")
    processes.spawn([sys.executable, "-c", "print('new')"], tmp_path / "x.log").wait(10)
    assert (tmp_path / "x.log").read_text() == "new\n"
    assert (tmp_path / "x.log.1").read_text() == "an old line that is long\n"


def test_a_port_that_another_program_holds_is_not_free() -> None:
    with socket.socket() as holder:
        holder.bind((processes.LOOPBACK, 0))
        holder.listen()
        port = holder.getsockname()[1]
        assert not processes.is_free(port)
        assert processes.listens(port)
    assert not processes.listens(port)


def test_a_free_port_lies_below_those_of_outgoing_connections() -> None:
    assert processes.free_port() in range(20_000, 32_000)


def test_without_java_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPrerequisite, match=r"^no java on the PATH: install JDK 17$"):
        processes.java(tmp_path)


def test_a_java_home_without_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MissingPrerequisite, match="JAVA_HOME"):
        processes.java(tmp_path)


def test_without_jars_one_sentence_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite, match="make setup"):
        processes.java(tmp_path)


def test_the_last_lines_of_a_missing_log_are_none_at_all(tmp_path: Path) -> None:
    assert processes.last_lines(tmp_path / "nothing.log") == ""
