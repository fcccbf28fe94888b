"""The process is killed -9 while a tenth of the calls fails: a webhook's receiver has every notice once, in order."""

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from django.db import connections

from conf.settings import load_settings
from runtime.resources import PROJECT
from stack.desk_emulator.app import SECRET
from tests.conftest import job_environment
from tests.serving.alerts.incidents import BRAND, NOON, an_incident, write_alerts
from tests.serving.desk.help_desks import HelpDesk, help_desk

INCIDENTS, DEADLINE_SECONDS = 20, 120.0


def test_every_notice_arrives_once_after_kills(database: None, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("BRANDPULSE__LAKE__PATH", str(tmp_path / "lake"))
    lake = load_settings()
    write_alerts(lake, *(recent(number) for number in range(INCIDENTS)))
    with help_desk("alerts", "--failures", "0.1", "--late-seconds", "0.6") as emulator:
        with dispatcher(emulator) as process:
            wait_until_sent(INCIDENTS // 3, process)
            os.kill(process.pid, signal.SIGKILL)
        with dispatcher(emulator) as process:
            wait_until_sent(INCIDENTS, process)
            write_alerts(lake, *(recent(number, is_over=True) for number in range(INCIDENTS)))
            wait_until_sent(2 * INCIDENTS, process)
        state = emulator.state()
    assert state["rejected"] == []
    assert sum(state["failed"].values()) > 0
    events = defaultdict(list)
    for document in state["webhooks"].values():
        events[document["data"]["alert"]["id"]].append(document["type"])
    assert dict(events) == {f"{number:016x}": ["alert.opened", "alert.ended"] for number in range(INCIDENTS)}


def recent(number: int, *, is_over: bool = False) -> dict[str, object]:
    """An incident of the last hour."""
    ago = datetime.now(UTC) - timedelta(minutes=60) - NOON
    return an_incident(number, minutes=ago.total_seconds() / 60, lasts=10 if is_over else None)


@contextmanager
def dispatcher(receivers: HelpDesk) -> "Iterator[subprocess.Popen[bytes]]":
    """The job as a process of its own, on the database of the tests."""
    chat = f"{receivers.root}/services/T0/B0/emulator"
    timing = {"timeout_seconds": 0.3, "max_pause_seconds": 0.05, "max_attempts": 50, "poll_seconds": 0.05}
    given = {f"BRANDPULSE__DISPATCH_TICKETS__{name.upper()}": str(value) for name, value in timing.items()}
    given |= {f"BRANDPULSE__DELIVER_ALERTS__{name}": value for name, value in MAIL.items()} | QUIET
    given |= {"BRANDPULSE_ALERT_SECRETS": f"{BRAND}/operations={SECRET},{BRAND}/chat={chat}"}
    given |= {"BRANDPULSE__LAKE__PATH": os.environ["BRANDPULSE__LAKE__PATH"]}
    environment = job_environment() | given | {"BRANDPULSE__HOME": str(django_settings.BRANDPULSE.home)}
    command = [sys.executable, "-m", "tests.serving.alerts.dispatching", receivers.url]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        connections.close_all()


MAIL = {
    "SMTP_HOST": "127.0.0.1",
    "SMTP_PORT": "1",
    "SMTP_SECURITY": "none",
    "SENDER": "a@example.org",
    "POLL_SECONDS": "0.5",
}
QUIET = {"BRANDPULSE__RAISE_ALERTS__QUIET_HOURS": "0.01"}


def wait_until_sent(count: int, process: "subprocess.Popen[bytes]") -> None:
    from serving.desk.models import Delivery

    deadline = time.monotonic() + DEADLINE_SECONDS
    sent = Delivery.objects.filter(state="delivered", target=f"{BRAND}/operations")
    while sent.count() < count:
        assert process.poll() is None, "the process ended"
        assert time.monotonic() < deadline, list(Delivery.objects.values_list("state", "last_error").distinct()[:20])
        time.sleep(0.05)
