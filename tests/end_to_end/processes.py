"""Jobs as processes, as a scheduler starts them, and in the process of the test, which has a Spark session already."""

import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from conf.command_line import run_job
from conf.settings import Settings
from runtime.errors import ServiceUnavailable
from runtime.resources import PROJECT
from tests.conftest import job_environment


def overlay(settings: Settings, **sections: dict[str, Any]) -> Path:
    """The test's settings, with changes, as an overlay file for jobs."""
    path = settings.home.parent / "overlay.yaml"
    dumped = json.loads(settings.model_dump_json(exclude={"secrets"}))
    for section, values in sections.items():
        dumped[section] |= values
    path.write_text(json.dumps(dumped))
    return path


def job(name: str, env: Path, *arguments: str) -> list[str]:
    return [sys.executable, f"jobs/{name}.py", "--env", str(env), *arguments]


def run(command: list[str]) -> str:
    done = subprocess.run(
        command, cwd=PROJECT, env=job_environment(), capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def call(name: str, env: Path, *arguments: str) -> None:
    """Call a job with its own flags and checks in this process."""
    module = import_module(f"jobs.{name}")
    assert run_job(module.main, ["--env", str(env), *arguments], flags=getattr(module, "FLAGS", ())) == 0


class Started:
    """A job that runs in the background; its stderr goes to `log`."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._command, self._log = command, log
        self._start()

    def wait_for(self, is_met: Callable[[], bool], seconds: float) -> None:
        """Wait until the condition is met; restart the job, with a warning, if a service is unavailable to it."""
        deadline = time.monotonic() + seconds
        while not is_met():
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.2)
            code = self.process.poll()
            assert code in (None, ServiceUnavailable.exit_code), f"ended with {code}:\n{self._output()}"
            assert time.monotonic() < deadline, f"not met after {seconds} s:\n{self._output()}"
            if code is not None:
                warnings.warn(f"ended with {code}, restarted:\n{self._output()}", stacklevel=2)
                self._start()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _start(self) -> None:
        with self._log.open("ab") as file:
            self.process = subprocess.Popen(self._command, cwd=PROJECT, env=job_environment(), stderr=file)

    def _output(self) -> str:
        return self._log.read_text("utf-8", "replace")[-6000:]


def committed(settings: Settings, query: str) -> int:
    """The number of batches that a query has committed."""
    folder = Path(settings.lake.checkpoints) / query / "commits"
    return len([file for file in folder.glob("*") if file.name.isdigit()])
