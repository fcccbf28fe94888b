"""The job that serves the API: several workers, one database, a clean end."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from conf.settings import Settings
from runtime.resources import PROJECT
from stack.processes import free_port, wait_until
from tests.conftest import job_environment
from tests.serving.conftest import PASSWORD
from tests.serving.documents import publish_everything


class Served:
    """The job as a process, with an overlay of its own."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.port, self.overlay, self.log = free_port(), folder / "serving.yaml", folder / "serving.log"
        overlay = {
            "home": str(folder / "home"),
            "mongodb": {"uri": settings.mongodb.uri, "database": settings.mongodb.database},
            "serving": {"port": self.port, "workers": 2},
        }
        self.overlay.write_text(json.dumps(overlay))

    def start(self) -> None:
        command = [sys.executable, "jobs/serve_dashboard.py", "--env", str(self.overlay)]
        with self.log.open("wb") as log:
            self.process = psutil.Popen(command, cwd=PROJECT, env=job_environment(), stdout=log, stderr=log)
        assert wait_until(lambda: self.get("/api/v1/health")[0] == 200, 60), self.log.read_text()

    def manage(self, *arguments: str, given: str = "") -> str:
        command = [sys.executable, "-m", "serving", "--env", str(self.overlay), *arguments]
        done = subprocess.run(
            command, cwd=PROJECT, env=job_environment(), input=given, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def get(self, path: str, token: str = "") -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(asked, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""


@pytest.fixture
def running(settings: Settings, tmp_path: Path) -> Iterator[Served]:
    publish_everything(settings)
    running = Served(settings, tmp_path)
    running.start()
    yield running
    if running.process.is_running():
        running.process.kill()
        running.process.wait()


def test_the_job_serves_what_is_published_until_it_is_ended(running: Served) -> None:
    running.manage("create_user", "ann", "--password-stdin", given=f"{PASSWORD}\n")
    running.manage("grant_role", "ann", "analyst", "skyvarn")
    token = running.manage("create_token", "ann")
    status, text = running.get("/api/v1/brands/skyvarn/segments", token)
    assert (status, len(json.loads(text)["data"])) == (200, 2)
    workers = running.process.children()
    assert len(workers) >= 2
    os.kill(workers[-1].pid, signal.SIGKILL)
    assert wait_until(lambda: len([each for each in running.process.children() if each.is_running()]) >= 2, 20)
    for _ in range(5):
        assert running.get("/api/v1/brands", token)[0] == 200
    metrics = running.get("/metrics", token)[1]
    assert 'brandpulse_http_requests_total{method="GET",route="brands",status="200"} 5.0' in metrics, metrics
    running.process.terminate()
    assert running.process.wait(30) == 0
    log = running.log.read_text()
    assert token not in log
    assert "Traceback" not in log


def test_the_database_is_readable_by_its_owner_only(running: Served, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "serving"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_mistake_on_the_command_line_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    served = Served(settings, tmp_path)
    served.manage("migrate")
    command = [sys.executable, "-m", "serving", "--env", str(served.overlay), "grant_role", "bob", "viewer", "x"]
    done = subprocess.run(command, cwd=PROJECT, env=job_environment(), check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "there is no user bob; create_user makes one\n")
