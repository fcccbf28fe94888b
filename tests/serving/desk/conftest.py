"""The desk's database, with and without a help desk."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from conf.settings import Settings
from tests.serving.desk.candidates import NOON, a_candidate

TakeIn = Callable[..., Any]


@pytest.fixture
def take_in(database: None) -> TakeIn:
    """`take_in(row, …)` takes candidates in; returns the fates and their counts."""
    from serving.desk.intake import Intake

    def run(*rows: dict[str, Any]) -> dict[str, int]:
        intake = Intake(NOON)
        intake.take_in(rows)
        return dict(intake.fates)

    return run


@pytest.fixture
def sending(database: None) -> Iterator[Settings]:
    """A help desk is configured; retries come soon."""
    known: Settings = django_settings.BRANDPULSE
    changes = {
        "adapter": "webhook",
        "url": "http://127.0.0.1:1/hook",
        "timeout_seconds": 0.3,
        "max_pause_seconds": 0.01,
        "max_attempts": 3,
    }
    asked = known.dispatch_tickets.model_copy(update=changes)
    with override_settings(BRANDPULSE=known.model_copy(update={"dispatch_tickets": asked})):
        yield django_settings.BRANDPULSE


@pytest.fixture
def ticket(take_in: TakeIn) -> Any:
    """A ticket of one tweet."""
    from serving.desk.models import Ticket

    take_in(a_candidate(1))
    return Ticket.objects.get()
