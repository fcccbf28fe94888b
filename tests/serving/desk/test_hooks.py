"""The receiver of our webhooks reports states back; the signature is the permission."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client, override_settings
from pydantic import SecretStr
from standardwebhooks import Webhook

from conf.settings import Settings

SECRET = "whsec_" + "YSBzZWNyZXQgb2YgdGhlIHRlc3Rz"
Post = Callable[..., Any]


@pytest.fixture
def post(database: None) -> Iterator[Post]:
    """`post(document, secret, at)`: a signed request."""
    known = django_settings.BRANDPULSE
    secrets = known.secrets.model_copy(update={"webhook_secret": SecretStr(SECRET)})

    def send(document: Any, secret: str = SECRET, at: datetime | None = None) -> Any:
        moment, body = at or datetime.now(UTC), json.dumps(document)
        headers = {
            "webhook-id": "m1",
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(secret).sign("m1", moment, body),
        }
        return Client(enforce_csrf_checks=True).post("/hooks/desk", body, "application/json", headers=headers)

    with override_settings(BRANDPULSE=known.model_copy(update={"secrets": secrets})):
        yield send


def report(key: str, state: str, minute: int = 0) -> dict[str, Any]:
    ticket, at = {"key": key, "state": state}, f"2026-05-04T12:{minute:02}:00Z"
    return {"type": "ticket.state_changed", "timestamp": at, "data": {"ticket": ticket}}


def test_a_reported_state_is_the_tickets(ticket: Any, post: Post) -> None:
    answer = post(report(ticket.ticket_key, "solved"))
    assert (answer.status_code, answer.json()) == (200, {"changed": 1})
    ticket.refresh_from_db()
    assert (ticket.state, ticket.remote_status) == ("solved", "solved")
    assert ticket.events.get(kind="solved").actor_role == "help_desk"
    assert post(report("unknown", "solved")).json() == {"changed": 0}


def test_a_report_that_is_repeated_late_does_not_undo_a_later_one(ticket: Any, post: Post) -> None:
    assert post(report(ticket.ticket_key, "open", minute=1)).json() == {"changed": 1}
    assert post(report(ticket.ticket_key, "solved", minute=2)).json() == {"changed": 1}
    assert post(report(ticket.ticket_key, "open", minute=1)).json() == {"changed": 0}
    ticket.refresh_from_db()
    assert (ticket.state, ticket.remote_status) == ("solved", "solved")
    assert post(report(ticket.ticket_key, "open", minute=3)).json() == {"changed": 1}


def test_a_report_from_before_our_own_change_arrived_does_not_undo_it(
    sending: Settings, ticket: Any, post: Post
) -> None:
    from serving.desk import changes
    from serving.desk.events import SYSTEM
    from serving.desk.models import Delivery
    from serving.desk.states import State

    changes.set_state(ticket.pk, SYSTEM, State.SOLVED)
    Delivery.objects.update(state="delivered", delivered_at=datetime(2026, 5, 4, 12, 5, tzinfo=UTC))
    assert post(report(ticket.ticket_key, "open", minute=4)).json() == {"changed": 0}
    assert post(report(ticket.ticket_key, "open", minute=6)).json() == {"changed": 1}


def test_a_report_from_a_clock_that_is_fast_does_not_silence_later_ones(ticket: Any, post: Post) -> None:
    post(report(ticket.ticket_key, "open") | {"timestamp": "2126-05-04T12:00:00Z"})
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert post(report(ticket.ticket_key, "solved") | {"timestamp": now.isoformat()}).json() == {"changed": 1}


def test_an_unsigned_or_old_report_changes_nothing(ticket: Any, post: Post) -> None:
    other = "whsec_" + "YW5vdGhlciBzZWNyZXQgb2YgdGVzdHM="
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    document = report(ticket.ticket_key, "solved")
    assert [post(document, other).status_code, post(document, at=hour_ago).status_code] == [401, 401]
    assert Client().post("/hooks/desk", document, "application/json").status_code == 401
    ticket.refresh_from_db()
    assert ticket.state == "new"


def test_another_document_is_one_sentence(ticket: Any, post: Post) -> None:
    documents: tuple[Any, ...] = ({}, [], report(ticket.ticket_key, "gone"), {"type": "ticket.state_changed"})
    for wrong in documents:
        answer = post(wrong)
        assert answer.status_code == 400
        assert answer.json()["detail"] == "not a ticket.state_changed with a ticket's key and state"
