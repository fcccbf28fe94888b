"""`python -m stack ...` as a user sees it: exit codes, output, and processes that outlive the command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import stack
from conf.settings import Settings
from runtime.resources import PROJECT
from tests.stack.conftest import marked_processes


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stack", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
        cwd=PROJECT,
        env=os.environ | environment,
    )


def test_up_starts_processes_that_outlive_it_and_down_ends_them(
    own_home: Path, own_stack: stack.Endpoints, stack_settings: Settings
) -> None:
    home = ("--home", str(own_home))
    assert run("down", *home).stdout == "stopped kafka and mongodb\n"
    up = run("up", *home)
    assert (up.returncode, up.stderr) == (0, "")
    assert own_stack.kafka in up.stdout
    assert own_stack.mongodb in up.stdout
    assert {os.getsid(process.pid) for process in marked_processes(own_home)}.isdisjoint({os.getsid(0)})
    assert "was already running" in run("up", *home).stdout


def test_status_says_what_runs_and_its_exit_code_too(
    own_home: Path, own_stack: stack.Endpoints, tmp_path: Path
) -> None:
    found = run("status", "--json", "--home", str(own_home))
    assert found.returncode == 0
    kafka = json.loads(found.stdout)["kafka"]
    assert (kafka["address"], kafka["answers"], psutil.pid_exists(kafka["pid"])) == (own_stack.kafka, True, True)
    down = run("status", "--home", str(tmp_path))
    assert (down.returncode, down.stdout.splitlines()[0]) == (3, "kafka    stopped, never started")


def test_down_where_nothing_runs_says_so(tmp_path: Path) -> None:
    found = run("down", "--home", str(tmp_path))
    assert (found.returncode, found.stdout) == (0, "nothing was running\n")


def test_env_prints_what_a_shell_needs(tmp_path: Path) -> None:
    script = f'eval "$({sys.executable} -m stack env --home {tmp_path})"; echo "${{#BRANDPULSE_AUTHOR_KEY}}"'
    found = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True, cwd=PROJECT)
    assert found.stdout == "64\n"


def test_without_java_up_says_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    found = run("up", "--home", str(tmp_path / "home"), JAVA_HOME=str(tmp_path))
    assert (found.returncode, found.stdout) == (3, "")
    assert found.stderr.startswith("error: no java in")
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("sideways",)])
def test_an_unknown_command_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    found = run(*arguments)
    assert (found.returncode, found.stdout) == (2, "")
