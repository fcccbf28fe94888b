"""The dispatcher is killed -9 while the help desk fails a tenth of the calls, some of them after it has accepted:
exactly one ticket per key, every comment once and in order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections

from runtime.resources import PROJECT
from tests.conftest import job_environment
from tests.serving.desk.candidates import a_candidate
from tests.serving.desk.conftest import TakeIn
from tests.serving.desk.help_desks import HelpDesk, help_desk

COMMENTS = 2
"""Of each ticket."""
DEADLINE_SECONDS = 300.0
CLIENT_TIMEOUT, LATE = 0.3, "0.6"


@pytest.mark.parametrize(("desk", "tickets", "kills"), [("webhook", 30, 2), ("zendesk", 15, 1)])
def test_every_ticket_is_there_once_after_kills(
    desk: str, tickets: int, kills: int, take_in: TakeIn, sending: Any
) -> None:
    check(desk, take_in, tickets, kills)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("desk", ["webhook", "zendesk"])
def test_ten_thousand_tickets_are_there_once_after_twenty_kills(desk: str, take_in: TakeIn, sending: Any) -> None:
    check(desk, take_in, tickets=10_000, kills=20)


def check(desk: str, take_in: TakeIn, tickets: int, kills: int) -> None:
    for first in range(0, tickets, 500):
        take_in(*(row for number in range(first, min(first + 500, tickets)) for row in conversation(number)))
    total = tickets * (COMMENTS + 1)
    with help_desk(desk, "--failures", "0.1", "--late-seconds", LATE) as emulator:
        for kill in range(1, kills + 1):
            with dispatcher(emulator) as process:
                wait_until_sent(total * kill // (kills + 1), process)
                os.kill(process.pid, signal.SIGKILL)
        with dispatcher(emulator) as process:
            wait_until_sent(total, process)
        state = emulator.state()
    assert state["rejected"] == [] or desk == "zendesk"
    assert sum(state["failed"].values()) > 0
    expected = {number: [str(number * 10 + place) for place in range(COMMENTS + 1)] for number in range(tickets)}
    assert tweets_of(desk, state) == sorted(expected.values())


def conversation(number: int) -> list[dict[str, Any]]:
    roles = ["complaint", *["comment"] * COMMENTS]
    return [
        a_candidate(number * 10 + place, number, role=role, minutes=place, text=f"text {number * 10 + place}")
        for place, role in enumerate(roles)
    ]


def tweets_of(desk: str, state: dict[str, Any]) -> list[list[str]]:
    """The tweets of each ticket at the help desk, in the order in which they arrived."""
    if desk == "webhook":
        bodies = [[tweet["text"] for tweet in each["tweets"]] for each in state["tickets"].values()]
    else:
        bodies = [[comment["body"].split("\n")[0] for comment in each["comments"]] for each in state["tickets"]]
    return sorted([text.removeprefix("text ") for text in texts] for texts in bodies)


@contextmanager
def dispatcher(desk: HelpDesk) -> "Iterator[subprocess.Popen[bytes]]":
    """The job as a process of its own, on the database of the tests."""
    timing = {"timeout_seconds": CLIENT_TIMEOUT, "max_pause_seconds": 0.05, "max_attempts": 50, "threads": 8}
    given = desk.environment(**timing, poll_seconds=0.05, open_seconds=0.2)
    environment = job_environment() | given | {"BRANDPULSE__HOME": str(django_settings.BRANDPULSE.home)}
    command = [sys.executable, "-X", "faulthandler", "-m", "jobs.dispatch_tickets"]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment)
    try:
        yield process
    except AssertionError:
        process.send_signal(signal.SIGABRT)  # where each thread stands
        process.wait(60)
        raise
    finally:
        process.kill()
        process.wait()
        connections.close_all()


def wait_until_sent(count: int, process: "subprocess.Popen[bytes]") -> None:
    from serving.desk.models import Delivery

    deadline = time.monotonic() + DEADLINE_SECONDS
    sent = Delivery.objects.filter(state="delivered", call__in=("create", "comment"))
    while sent.count() < count:
        assert process.poll() is None, "the dispatcher ended"
        assert time.monotonic() < deadline, list(Delivery.objects.values_list("state", "last_error").distinct()[:20])
        time.sleep(0.1)
