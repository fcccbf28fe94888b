"""The outbox and its dispatcher: order, retries, the circuit breaker, dead letters, erasures."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from conf.settings import Settings
from runtime.errors import UsageError
from tests.serving.desk.candidates import NOON, a_candidate, key
from tests.serving.desk.conftest import TakeIn


class Recorder:
    """An adapter that keeps what it gets and fails as it is told: {number of the call: error}."""

    name, can_find, can_delete, can_report = "recorder", True, True, False

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.errors: dict[int, Exception] = {}
        self.calls = 0

    def send(self, message: Any) -> str:
        self.calls += 1
        if self.calls in self.errors:
            raise self.errors[self.calls]
        self.sent.append(message)
        return "deleted" if message.call == "delete" else "r1"

    def read_states(self, since: datetime) -> Any:
        return [], since


@pytest.fixture
def recorder(sending: Settings) -> Recorder:
    return Recorder()


@pytest.fixture
def dispatch(recorder: Recorder, sending: Settings) -> Callable[[], None]:
    """Send until nothing is left, however late the retries are due."""
    from serving.desk.dispatcher import Dispatcher, message_of

    dispatcher = Dispatcher(recorder, sending.dispatch_tickets, "tests", message_of)

    def run() -> None:
        while dispatcher.send_due(timezone.now() + timedelta(days=1)):
            pass

    return run


def deliveries() -> list[tuple[str, str, int]]:
    from serving.desk.models import Delivery

    return list(Delivery.objects.order_by("id").values_list("call", "state", "attempts"))


def test_a_ticket_is_sent_before_its_comments_and_those_in_their_order(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder
) -> None:
    from serving.desk.models import Ticket

    take_in(a_candidate(1), *(a_candidate(number, minutes=number, role="comment") for number in range(2, 7)))
    dispatch()
    assert [message.tweet_id for message in recorder.sent] == ["1", "2", "3", "4", "5", "6"]
    assert [message.call for message in recorder.sent] == ["create"] + ["comment"] * 5
    assert [message.remote_id for message in recorder.sent] == [""] + ["r1"] * 5
    ticket = Ticket.objects.get()
    assert (ticket.remote_system, ticket.remote_id) == ("recorder", "r1")
    assert ticket.events.filter(kind="delivered").count() == 1


def test_nothing_is_queued_while_the_desk_is_enough(take_in: TakeIn) -> None:
    take_in(a_candidate(1))
    assert deliveries() == []


def test_a_call_that_failed_is_made_again_and_says_that_it_may_have_arrived(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder
) -> None:
    from serving.desk.adapters.base import TryAgain

    recorder.errors = {1: TryAgain("no answer", is_outage=True), 2: TryAgain("429", after=5)}
    take_in(a_candidate(1), a_candidate(2, minutes=1))
    dispatch()
    assert [(message.tweet_id, message.may_have_arrived) for message in recorder.sent] == [("1", True), ("2", False)]
    assert deliveries() == [("create", "delivered", 3), ("comment", "delivered", 1)]


def test_the_help_desks_retry_after_is_kept(take_in: TakeIn, recorder: Recorder, sending: Settings) -> None:
    from serving.desk.adapters.base import TryAgain
    from serving.desk.dispatcher import Dispatcher, message_of
    from serving.desk.models import Delivery

    recorder.errors = {1: TryAgain("429", after=600)}
    take_in(a_candidate(1))
    before = timezone.now()
    assert Dispatcher(recorder, sending.dispatch_tickets, "tests", message_of).send_due() == 1
    assert Delivery.objects.get().next_attempt_at - before >= timedelta(seconds=600)


def test_a_rejected_call_is_dead_holds_up_the_ticket_and_can_be_re_driven(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    from serving.desk.adapters.base import Rejected
    from serving.desk.models import Delivery

    recorder.errors = {1: Rejected("the help desk answered 422")}
    take_in(a_candidate(1), a_candidate(2, minutes=1), a_candidate(3, 2))
    dispatch()
    assert [message.tweet_id for message in recorder.sent] == ["3"]
    call_command("redrive_deliveries")
    assert "create   1 attempts  the help desk answered 422" in capsys.readouterr().out
    call_command("redrive_deliveries", "--all", "--brand", "another")
    call_command("redrive_deliveries", "--all")
    assert capsys.readouterr().out == "0 deliveries are sent again\n1 deliveries are sent again\n"
    dispatch()
    assert [message.tweet_id for message in recorder.sent] == ["3", "1", "2"]
    assert not Delivery.objects.exclude(state="delivered").exists()


def test_attempts_end_and_a_re_drive_starts_counting_again(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder
) -> None:
    from serving.desk.adapters.base import TryAgain
    from serving.desk.models import Delivery

    recorder.errors = {number: TryAgain("the help desk answered 500") for number in range(1, 7)}
    take_in(a_candidate(1))
    dispatch()
    assert deliveries() == [("create", "dead", 3)]
    assert Delivery.objects.get().dead_reason == "3 attempts failed, the last one: the help desk answered 500"
    call_command("redrive_deliveries", "--all")
    dispatch()
    assert deliveries() == [("create", "dead", 6)]


def test_a_discarded_delivery_lets_the_later_ones_through(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder
) -> None:
    from serving.desk.adapters.base import Rejected
    from serving.desk.models import Delivery

    recorder.errors = {2: Rejected("the help desk answered 422")}
    take_in(a_candidate(1), a_candidate(2, minutes=1), a_candidate(3, minutes=2))
    dispatch()
    assert [message.tweet_id for message in recorder.sent] == ["1"]
    call_command("redrive_deliveries", "--discard", "--id", str(Delivery.objects.get(state="dead").pk))
    dispatch()
    assert [message.tweet_id for message in recorder.sent] == ["1", "3"]
    with pytest.raises(UsageError, match="--discard needs the --id"):
        call_command("redrive_deliveries", "--discard")


def test_an_unavailable_help_desk_is_left_alone_and_no_attempt_counts(
    take_in: TakeIn, recorder: Recorder, sending: Settings
) -> None:
    from serving.desk.adapters.base import TryAgain
    from serving.desk.dispatcher import Dispatcher, message_of
    from serving.desk.models import Delivery

    settings = sending.dispatch_tickets.model_copy(update={"open_after_failures": 2, "threads": 1})
    recorder.errors = {number: TryAgain("no answer", is_outage=True) for number in range(1, 100)}
    take_in(*(a_candidate(number, number) for number in range(1, 5)))
    dispatcher = Dispatcher(recorder, settings, "tests", message_of)
    assert [dispatcher.send_due() for _ in range(3)] == [2, 1, 1]
    assert recorder.calls == 2
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 1, 1]
    waiting = Delivery.objects.filter(attempts=0)
    assert set(waiting.values_list("last_error", flat=True)) == {"the help desk is unavailable"}


def test_after_an_outage_one_call_is_tried_and_then_all(take_in: TakeIn, recorder: Recorder, sending: Settings) -> None:
    from serving.desk.adapters.base import TryAgain
    from serving.desk.dispatcher import Dispatcher, message_of

    settings = sending.dispatch_tickets.model_copy(update={"open_after_failures": 2, "threads": 1, "open_seconds": 0.2})
    recorder.errors = {number: TryAgain("no answer", is_outage=True) for number in (1, 2, 3)}
    take_in(*(a_candidate(number, number) for number in range(1, 7)))
    dispatcher = Dispatcher(recorder, settings, "tests", message_of)
    assert dispatcher.send_due() == 2
    time.sleep(0.25)
    assert (dispatcher.send_due(), recorder.calls) == (1, 3), "still unavailable"
    time.sleep(0.25)
    assert (dispatcher.send_due(), recorder.calls) == (1, 4), "available again"
    assert (dispatcher.send_due(), recorder.calls) == (2, 6)


def test_calls_are_made_side_by_side(take_in: TakeIn, sending: Settings) -> None:
    from serving.desk.dispatcher import Dispatcher, message_of

    class Meeting(Recorder):
        """Answers when all threads have called."""

        def send(self, message: Any) -> str:
            barrier.wait(30)
            return super().send(message)

    barrier, settings = threading.Barrier(4), sending.dispatch_tickets.model_copy(update={"threads": 4})
    take_in(*(a_candidate(number, number) for number in range(1, 9)))
    together = Meeting()
    assert Dispatcher(together, settings, "tests", message_of).send_due() == 8
    assert len(together.sent) == 8


def test_two_workers_never_claim_the_same_delivery_and_a_killed_ones_claim_ends(
    take_in: TakeIn, sending: Settings
) -> None:
    from serving.desk import deliveries
    from serving.desk.deliveries import finish, release_claims

    def claim(*given: Any) -> list[Any]:
        with transaction.atomic():
            return deliveries.claim(*given)

    take_in(a_candidate(1), a_candidate(2, 2))
    now = timezone.now()
    until = now + timedelta(seconds=60)
    (first,) = claim("a", 1, now, until)
    (second,) = claim("b", 5, now, until)
    assert first.pk != second.pk
    assert claim("c", 5, now, until) == []
    (again,) = [each for each in claim("c", 5, until + timedelta(seconds=1), until) if each.pk == first.pk]
    assert again.attempts == 2
    assert not finish(first, "a", now, "r1"), "a worker whose claim ended must not settle it"
    assert release_claims("c") == 2


def test_a_change_of_state_is_sent_once_however_many_changes_wait(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder
) -> None:
    from serving.desk import changes
    from serving.desk.events import SYSTEM
    from serving.desk.models import Ticket
    from serving.desk.states import Priority, State

    take_in(a_candidate(1))
    number = Ticket.objects.get().pk
    changes.set_priority(number, SYSTEM, Priority.P1)
    changes.set_state(number, SYSTEM, State.SOLVED)
    dispatch()
    assert [(each.call, each.state, each.priority) for each in recorder.sent][1:] == [("update", "solved", "P1")]


def test_what_is_erased_before_it_is_sent_is_never_sent(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder
) -> None:
    from serving.desk import erasures
    from serving.desk.models import Comment, Erasure

    take_in(a_candidate(1), a_candidate(2, minutes=1), a_candidate(3, 3))
    erasures.request([key("tweet", 1), key("tweet", 2), key("tweet", 3), key("tweet", 99)], NOON)
    assert erasures.erase(NOON, can_delete=True) == 4
    dispatch()
    assert recorder.sent == []
    assert set(Comment.objects.values_list("text", "tweet_id", "author_key")) == {("", "", "")}
    assert set(Erasure.objects.values_list("remote", flat=True)) == {"none"}
    assert sorted(Erasure.objects.values_list("comments", flat=True)) == [0, 1, 1, 1]


def test_what_was_sent_is_deleted_there_and_the_receipt_says_so(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder
) -> None:
    from serving.desk import erasures
    from serving.desk.models import Erasure

    take_in(a_candidate(1), a_candidate(2, minutes=1))
    dispatch()
    erasures.request([key("tweet", 2)], NOON)
    erasures.erase(NOON, can_delete=True)
    assert erasures.settle_remote(NOON) == 0
    erasures.request([key("tweet", 1)], NOON)
    erasures.erase(NOON, can_delete=True)
    dispatch()
    created, commented, first, second = recorder.sent
    assert [first.comment_key, second.comment_key] == [commented.comment_key, created.comment_key]
    assert [first.call, second.call, second.is_last, second.text, second.link] == [
        *("delete", "delete", True, "[deleted on X]", "")
    ]
    assert erasures.settle_remote(NOON) == 2
    assert set(Erasure.objects.values_list("remote", flat=True)) == {"deleted"}


def test_an_erasure_empties_what_could_identify_the_author(take_in: TakeIn) -> None:
    from serving.desk import erasures
    from serving.desk.models import Comment, Ticket

    take_in(a_candidate(1, region="GB", followers_count=31_415, replied_to_id="9"))
    erasures.request([key("tweet", 1)], NOON)
    erasures.erase(NOON, can_delete=True)
    (row,) = Comment.objects.values("tweet_id", "replied_to_id", "author_key", "text", "text_hash", "region")
    assert set(row.values()) == {""}
    assert (Comment.objects.get().followers_count, Ticket.objects.get().followers_count) == (0, 0)


def test_a_tweet_that_was_erased_before_it_came_is_stored_empty(take_in: TakeIn) -> None:
    from serving.desk import erasures
    from serving.desk.models import Comment, Ticket

    erasures.request([key("tweet", 1)], NOON)
    assert take_in(a_candidate(1)) == {"erased": 1}
    assert (Comment.objects.get().text, Ticket.objects.count()) == ("", 0)


@pytest.mark.parametrize("was_sent", [True, False])
def test_a_complaint_after_all_of_its_ticket_was_erased_reaches_the_help_desk_as_a_follow_up(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder, was_sent: bool
) -> None:
    from serving.desk import changes, erasures
    from serving.desk.events import SYSTEM
    from serving.desk.models import Ticket
    from serving.desk.states import State

    take_in(a_candidate(1))
    if was_sent:
        dispatch()
    erasures.request([key("tweet", 1)], NOON)
    erasures.erase(NOON, can_delete=True)
    dispatch()
    before = len(recorder.sent)
    changes.set_state(Ticket.objects.get().pk, SYSTEM, State.SOLVED)
    assert take_in(a_candidate(2, minutes=5, role="comment")) == {"waiting": 1}
    assert take_in(a_candidate(3, minutes=9)) == {"opened": 1}
    dispatch()
    ticket = Ticket.objects.get(follow_up=1)
    sent = [(each.call, each.tweet_id, each.ticket_key) for each in recorder.sent[before:]]
    assert sent == [("create", "3", ticket.ticket_key), ("comment", "2", ticket.ticket_key)]


def test_tickets_of_another_help_desk_are_left_alone_and_a_person_must_erase_there(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder
) -> None:
    from serving.desk import changes, erasures
    from serving.desk.events import SYSTEM
    from serving.desk.models import Delivery, Erasure, Ticket
    from serving.desk.states import State

    take_in(a_candidate(1), a_candidate(2, 2))
    dispatch()
    theirs = Ticket.objects.order_by("id").first()
    Ticket.objects.filter(pk=theirs.pk).update(remote_system="the one before")
    changes.set_state(theirs.pk, SYSTEM, State.SOLVED)
    take_in(a_candidate(3, minutes=5), a_candidate(4, 2, minutes=5))
    erasures.request([key("tweet", 1)], NOON)
    erasures.erase(NOON, can_delete=True)
    dispatch()
    erasures.settle_remote(NOON)
    assert [message.tweet_id for message in recorder.sent] == ["1", "2", "4"]
    left = Delivery.objects.filter(ticket=theirs).exclude(call="create")
    assert set(left.values_list("state", "dead_reason")) == {("discarded", "the ticket is in another help desk")}
    assert Erasure.objects.get().remote == "manual"


def test_an_adapter_that_cannot_delete_leaves_it_to_a_person(
    take_in: TakeIn, dispatch: Callable[[], None], recorder: Recorder
) -> None:
    from serving.desk import erasures
    from serving.desk.models import Erasure

    take_in(a_candidate(1))
    dispatch()
    erasures.request([key("tweet", 1)], NOON)
    erasures.erase(NOON, can_delete=False)
    assert Erasure.objects.get().remote == "manual"


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7.0), (None, None), ("soon", None), ("Mon, 04 May 2020 12:00:00 GMT", 0.0), ("-3", 0.0)]
)
def test_retry_after_is_a_number_or_a_date(django: None, text: str | None, seconds: float | None) -> None:
    from serving.desk.adapters.base import retry_after

    assert retry_after(text) == seconds
