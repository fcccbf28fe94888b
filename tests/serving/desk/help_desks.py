"""The emulators as processes of a test, and the settings by which the desk reaches them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from conf.settings import Settings
from conf.tickets import DispatchTickets
from runtime.resources import PROJECT
from stack.desk_emulator.app import SECRET, TOKEN, USER
from tests.conftest import job_environment


@dataclass(frozen=True)
class HelpDesk:
    """An emulator at `url`."""

    url: str
    desk: str

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.root}/_emulator/state", timeout=30).json()
        return found

    def set_status(self, ticket_id: str, status: str) -> None:
        requests.post(f"{self.root}/_emulator/tickets/{ticket_id}/status", json={"status": status}, timeout=30)

    @property
    def root(self) -> str:
        return self.url.removesuffix("/hook")

    def environment(self, **settings: object) -> dict[str, str]:
        """Environment variables that make a job send to this help desk."""
        given = {"adapter": self.desk, "url": self.url, "zendesk_user": USER} | settings
        secrets = {"BRANDPULSE_WEBHOOK_SECRET": SECRET, "BRANDPULSE_ZENDESK_TOKEN": TOKEN}
        return secrets | {f"BRANDPULSE__DISPATCH_TICKETS__{name.upper()}": str(value) for name, value in given.items()}

    def settings(self, known: Settings, **changes: object) -> DispatchTickets:
        given = {"adapter": self.desk, "url": self.url, "zendesk_user": USER} | changes
        return known.dispatch_tickets.model_copy(update=given)

    def adapter(self, timeout: float = 5.0) -> Any:
        from serving.desk.adapters.webhook import WebhookAdapter
        from serving.desk.adapters.zendesk import ZendeskAdapter

        if self.desk == "webhook":
            return WebhookAdapter(self.url, SECRET, timeout)
        return ZendeskAdapter(self.url, USER, TOKEN, timeout)


@contextmanager
def help_desk(desk: str, *options: str) -> Iterator[HelpDesk]:
    """An emulator; `options` are those of `python -m stack.desk_emulator`."""
    command = [sys.executable, "-m", "stack.desk_emulator", "--desk", desk, *options]
    process = subprocess.Popen(command, cwd=PROJECT, env=job_environment(), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield HelpDesk(process.stdout.readline().split()[-1], desk)
    finally:
        process.kill()
        process.wait()
