"""The dashboard beside the demo: up as soon as the store runs, so that its pages fill, until Ctrl-C."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import psutil

from conf.settings import Settings
from runtime.errors import CheckFailed
from runtime.signals import set_when_told_to_end
from stack.processes import end, free_port, is_alive, is_free, last_lines, listens, spawn, wait_until
from stack.supervisor import SUPERVISED, end_left_behind, job_command

ADMIN = "admin"
START_SECONDS = 120
STOP_SECONDS = 10
POLL_SECONDS = 0.5


class Pages:
    """The processes that the pages need; `start` them after the store, `stop` them before it."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._home, self._logs = settings.home, settings.home / "logs"
        self._port = settings.serving.port
        self._environment = {**environment, SUPERVISED: str(self._home)}
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self) -> str:
        """Start the dashboard and the live figures; return a link that signs an admin in once.

        Raises CheckFailed with the last lines of the log if the dashboard does not start.
        """
        end_left_behind(self._home)
        if not is_free(self._port):
            self._port = free_port()
        self._environment["BRANDPULSE__SERVING__PORT"] = str(self._port)
        for job in ("serve_dashboard", "publish_live", "raise_alerts"):
            command = job_command(job, "--env", "demo")
            self._children.append(spawn(list(command), self._log(job), self._environment))
        server = psutil.Process(self._children[0].pid)
        wait_until(lambda: listens(self._port) or not is_alive(server), START_SECONDS)
        if not listens(self._port):
            raise CheckFailed(f"the dashboard did not start:\n{last_lines(self._log('serve_dashboard'))}")
        return self._create_link()

    def start_desk(self) -> None:
        """Keep the clocks of the tickets running; after the step that takes them in."""
        command = job_command("dispatch_tickets", "--env", "demo")
        self._children.append(spawn(list(command), self._log("dispatch_tickets"), self._environment))

    def wait(self) -> None:
        """Return when the user presses Ctrl-C, or at SIGTERM; CheckFailed if the dashboard ends by itself."""
        stop = threading.Event()
        with set_when_told_to_end(stop):
            while not stop.wait(POLL_SECONDS):
                if self._children[0].poll() is not None:
                    raise CheckFailed(f"the dashboard ended:\n{last_lines(self._log('serve_dashboard'))}")

    def stop(self) -> None:
        end([psutil.Process(each.pid) for each in self._children if each.poll() is None], STOP_SECONDS)

    def _create_link(self) -> str:
        command = [sys.executable, "-m", "serving", "--env", "demo", "create_link", ADMIN, "--new-admin"]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CheckFailed(f"the dashboard's admin was not created: {done.stderr.strip()}")
        return done.stdout.strip()

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"
