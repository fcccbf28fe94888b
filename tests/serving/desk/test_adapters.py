"""Each adapter against the emulator of its help desk: what it sends, finds again, deletes, and reads back."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

import pytest
from django.utils import timezone

from conf.settings import Settings
from tests.serving.desk.candidates import NOON, a_candidate, key
from tests.serving.desk.conftest import TakeIn
from tests.serving.desk.help_desks import HelpDesk, help_desk

Dispatch = Callable[[HelpDesk], Any]


@pytest.fixture(scope="module")
def webhook() -> Iterator[HelpDesk]:
    with help_desk("webhook") as desk:
        yield desk


@pytest.fixture(scope="module")
def zendesk() -> Iterator[HelpDesk]:
    with help_desk("zendesk", "--idempotency-seconds", "0") as desk:
        yield desk


@pytest.fixture
def dispatch(sending: Settings) -> Dispatch:
    """`dispatch(desk)`: send what is due to it; returns its adapter."""
    from serving.desk.dispatcher import Dispatcher, message_of

    def run(desk: HelpDesk) -> Any:
        adapter = desk.adapter()
        dispatcher = Dispatcher(adapter, desk.settings(sending, threads=1), "tests", message_of)
        while dispatcher.send_due(timezone.now() + timedelta(days=1)):
            pass
        return adapter

    return run


def test_a_webhook_is_signed_and_has_what_the_desk_knows(
    take_in: TakeIn, dispatch: Dispatch, webhook: HelpDesk
) -> None:
    from serving.desk.models import Ticket

    take_in(a_candidate(11, 11), a_candidate(12, 11, minutes=1, role="comment"))
    dispatch(webhook)
    ticket = Ticket.objects.get()
    state = webhook.state()
    assert state["rejected"] == []
    stored = state["tickets"][ticket.ticket_key]
    tweets, accepted_at = stored.pop("tweets"), stored.pop("accepted_at")
    assert accepted_at <= time.time()
    assert stored == {
        "id": ticket.remote_id,
        "brand": "skyvarn",
        "category": "baggage",
        "priority": "P4",
        "state": "new",
        "team": "baggage",
    }
    assert [tweet["text"] for tweet in tweets] == [f"My suitcase is lost, number {number}" for number in (11, 12)]
    assert tweets[0]["link"] == "https://x.com/i/status/11"
    assert tweets[0]["written_at"] == "2026-05-04T12:00:00+00:00"


def test_a_webhook_with_another_secret_is_an_outage_and_no_ticket_dies(
    take_in: TakeIn, sending: Settings, webhook: HelpDesk
) -> None:
    from serving.desk.adapters.webhook import WebhookAdapter
    from serving.desk.dispatcher import Dispatcher, message_of
    from serving.desk.models import Delivery

    take_in(a_candidate(21, 21))
    adapter = WebhookAdapter(webhook.url, "whsec_" + "b3RoZXI=" * 4, 5)
    Dispatcher(adapter, webhook.settings(sending), "tests", message_of).send_due()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_error) == ("waiting", "the help desk answered 401")


def test_an_erasure_reaches_the_receiver_of_webhooks(take_in: TakeIn, dispatch: Dispatch, webhook: HelpDesk) -> None:
    from serving.desk import erasures
    from serving.desk.models import Ticket

    take_in(a_candidate(31, 31), a_candidate(32, 31, minutes=1))
    dispatch(webhook)
    erasures.request([key("tweet", 31)], NOON)
    erasures.erase(NOON, can_delete=True)
    dispatch(webhook)
    stored = webhook.state()["tickets"][Ticket.objects.get().ticket_key]
    assert [tweet["text"] for tweet in stored["tweets"]] == ["", "My suitcase is lost, number 32"]
    assert stored["is_deleted"] is False


def tickets_of(zendesk: HelpDesk) -> list[dict[str, Any]]:
    """Those of this test, by our keys."""
    from serving.desk.models import Ticket

    ours = set(Ticket.objects.values_list("ticket_key", flat=True))
    return [each for each in zendesk.state()["tickets"] if each["external_id"] in ours]


def test_zendesk_gets_a_ticket_with_private_comments_and_our_key(
    take_in: TakeIn, dispatch: Dispatch, zendesk: HelpDesk
) -> None:
    take_in(a_candidate(11, 11, sentiment_score=0.01), a_candidate(12, 11, minutes=1, role="comment"))
    dispatch(zendesk)
    (ticket,) = tickets_of(zendesk)
    assert (ticket["subject"], ticket["priority"], ticket["tags"]) == (
        *("Complaint on X: baggage", "normal"),
        ["brandpulse", "skyvarn"],
    )
    assert [comment["public"] for comment in ticket["comments"]] == [False, False]
    first, link, reference = ticket["comments"][0]["body"].split("\n")
    assert (first, link) == ("My suitcase is lost, number 11", "https://x.com/i/status/11 2026-05-04 12:00 UTC")
    assert reference.startswith("Brandpulse reference ")
    assert zendesk.state()["rejected"] == []


def test_zendesk_is_asked_before_a_call_is_repeated(take_in: TakeIn, dispatch: Dispatch, zendesk: HelpDesk) -> None:
    """Its idempotency keys have expired here (0 seconds): only looking finds the ticket and the comment again."""
    from serving.desk.models import Delivery, Ticket

    take_in(a_candidate(21, 21), a_candidate(22, 21, minutes=1, role="comment"))
    dispatch(zendesk)
    before = tickets_of(zendesk)
    Delivery.objects.update(state="waiting")
    Ticket.objects.update(remote_id="")
    dispatch(zendesk)
    assert tickets_of(zendesk) == before
    assert not Delivery.objects.exclude(state="delivered").exists()


def test_an_erased_tweet_is_redacted_in_zendesk_and_the_last_one_deletes_the_ticket(
    take_in: TakeIn, dispatch: Dispatch, zendesk: HelpDesk
) -> None:
    from serving.desk import erasures
    from serving.desk.models import Erasure

    take_in(a_candidate(31, 31), a_candidate(32, 31, minutes=1))
    dispatch(zendesk)
    erasures.request([key("tweet", 31)], NOON)
    erasures.erase(NOON, can_delete=True)
    dispatch(zendesk)
    (ticket,) = tickets_of(zendesk)
    assert "suitcase" not in ticket["comments"][0]["body"] and "/status/31" not in ticket["comments"][0]["body"]
    assert "suitcase" in ticket["comments"][1]["body"]
    erasures.request([key("tweet", 32)], NOON)
    erasures.erase(NOON, can_delete=True)
    dispatch(zendesk)
    assert tickets_of(zendesk) == []
    erasures.settle_remote(NOON)
    assert sorted(Erasure.objects.values_list("remote", flat=True)) == ["blanked", "deleted"]


def test_what_an_agent_does_in_zendesk_flows_back_and_is_not_sent_again(
    take_in: TakeIn, dispatch: Dispatch, zendesk: HelpDesk
) -> None:
    from serving.desk.models import Delivery, Ticket
    from serving.desk.statuses import take_in_states

    take_in(a_candidate(41, 41), a_candidate(42, 42))
    adapter = dispatch(zendesk)
    ticket = Ticket.objects.order_by("id").first()
    zendesk.set_status(ticket.remote_id, "solved")
    assert take_in_states(adapter, NOON) == 1
    ticket.refresh_from_db()
    assert (ticket.state, ticket.remote_status) == ("solved", "solved")
    assert ticket.events.get(kind="solved").actor_role == "help_desk"
    assert not Delivery.objects.filter(call="update").exists()
    assert take_in_states(adapter, NOON) == 0


def test_our_own_change_is_not_undone_by_an_older_state_of_the_help_desk(take_in: TakeIn, sending: Settings) -> None:
    from serving.desk import changes
    from serving.desk.adapters.base import RemoteState
    from serving.desk.events import SYSTEM
    from serving.desk.models import Ticket
    from serving.desk.states import State
    from serving.desk.statuses import apply_states

    take_in(a_candidate(1))
    ticket = Ticket.objects.get()
    changes.set_state(ticket.pk, SYSTEM, State.SOLVED)
    assert apply_states([RemoteState(ticket.ticket_key, "open", NOON)], timezone.now()) == 0
    ticket.refresh_from_db()
    assert ticket.state == "solved"


ODD_ANSWERS = {
    "cut off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
    "no gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
    "a page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
    "no ticket": b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"found": 1}',
    "a list": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
}


@pytest.fixture(params=list(ODD_ANSWERS.values()), ids=list(ODD_ANSWERS))
def odd_desk(request: pytest.FixtureRequest) -> Iterator[HelpDesk]:
    """A server whose every answer is odd."""

    class Odd(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(request.param)

    with ThreadingTCPServer(("127.0.0.1", 0), Odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield HelpDesk(f"http://127.0.0.1:{server.server_address[1]}", "zendesk")
        server.shutdown()


def test_an_odd_answer_is_tried_again_and_does_not_end_the_process(
    take_in: TakeIn, sending: Settings, odd_desk: HelpDesk
) -> None:
    from serving.desk.adapters.base import TryAgain
    from serving.desk.dispatcher import Dispatcher, message_of
    from serving.desk.models import Delivery

    take_in(a_candidate(51, 51))
    adapter = odd_desk.adapter()
    Dispatcher(adapter, odd_desk.settings(sending, threads=1), "tests", message_of).send_due()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert delivery.last_error.startswith(("no answer (", "the help desk's answer cannot be read ("))
    with pytest.raises(TryAgain):
        adapter.read_states(NOON)
