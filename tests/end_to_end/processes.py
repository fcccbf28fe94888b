"""Jobs as processes, as a scheduler starts them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conf.resources import PROJECT
from conf.settings import Settings
from tests.conftest import job_environment


def overlay(settings: Settings, **sections: dict[str, Any]) -> Path:
    """The test's settings as a file that jobs can be given, with changes."""
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


@dataclass(frozen=True)
class Started:
    """A job that runs beside the test; what it says goes to `log`."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def start(command: list[str], log: Path) -> Started:
    with log.open("ab") as file:
        return Started(subprocess.Popen(command, cwd=PROJECT, env=job_environment(), stderr=file), log)


def wait_for(holds: Callable[[], bool], job: Started, seconds: float) -> None:
    """Wait until `holds`; the job may not end before."""
    deadline = time.monotonic() + seconds
    while not holds():
        with suppress(subprocess.TimeoutExpired):
            job.process.wait(0.2)
        assert job.process.poll() is None, f"ended with {job.process.returncode}:\n{job.log.read_text()[-6000:]}"
        assert time.monotonic() < deadline, f"nothing after {seconds} s"


def committed(settings: Settings, query: str) -> int:
    """How many batches a query has committed."""
    folder = Path(settings.lake.checkpoints) / query / "commits"
    return len([file for file in folder.glob("*") if file.name.isdigit()])
