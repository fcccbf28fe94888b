"""What people change on tickets, and what time does."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from runtime.errors import UsageError
from tests.serving.desk.candidates import NOON, a_candidate
from tests.serving.desk.conftest import TakeIn


@pytest.fixture
def ann(database: None) -> Any:
    from serving.accounts.changes import create_user
    from serving.desk.events import Actor

    return Actor(create_user("ann", "long enough for the checks"), "agent")


def kinds(ticket: Any) -> list[str]:
    return list(ticket.events.order_by("id").values_list("kind", flat=True))[2:]


def test_every_change_has_its_event_with_who_did_it(ticket: Any, ann: Any) -> None:
    from serving.desk import changes
    from serving.desk.states import Priority, State

    changes.assign(ticket.pk, ann, ann.user)
    changes.set_priority(ticket.pk, ann, Priority.P1)
    changes.set_category(ticket.pk, ann, "crew")
    changes.add_note(ticket.pk, ann, " call her back ")
    changes.set_state(ticket.pk, ann, State.SOLVED)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.priority, ticket.category, ticket.assignee) == ("solved", "P1", "crew", ann.user)
    assert kinds(ticket) == ["assigned", "state_changed", "priority_changed", "category_changed", "noted", "solved"]
    assert set(ticket.events.order_by("id")[2:].values_list("actor_role", flat=True)) == {"agent"}
    assert ticket.notes.get().text == "call her back"
    assert ticket.due_at == NOON + timedelta(minutes=15, seconds=1)
    assert ticket.revision == 5


def test_a_correction_is_kept_with_what_the_model_had_said(ticket: Any, ann: Any) -> None:
    from serving.desk import changes
    from serving.desk.models import Correction

    changes.set_category(ticket.pk, ann, "crew")
    changes.set_category(ticket.pk, ann, "crew")
    changes.set_is_complaint(ticket.pk, ann, False)
    found = [(each.field, each.from_value, each.to_value) for each in Correction.objects.all()]
    assert found == [("category", "baggage", "crew"), ("is_complaint", "true", "false")]
    ticket.refresh_from_db()
    assert ticket.state == "solved"


def test_a_change_that_was_made_since_the_row_was_read_is_noticed(ticket: Any, ann: Any) -> None:
    from serving.desk.actions import Conflict, apply_all
    from serving.desk.models import Ticket

    one, other = Ticket.objects.get(), Ticket.objects.get()
    apply_all(ann.user, one, [("state", "open")], revision=0)
    with pytest.raises(Conflict, match=f"Somebody else changed ticket {ticket.pk}"):
        apply_all(ann.user, other, [("state", "solved")], revision=0)
    assert Ticket.objects.get().state == "open"


@pytest.mark.parametrize("value", ["", "Yes", "true", "1"])
def test_whether_it_is_a_complaint_is_yes_or_no(ticket: Any, ann: Any, value: str) -> None:
    from serving.desk.actions import apply_all
    from serving.desk.models import Ticket

    with pytest.raises(UsageError, match="is not one of yes, no"):
        apply_all(ann.user, ticket, [("complaint", value)])
    assert Ticket.objects.filter(state="new", is_complaint=True).exists()


def test_a_form_without_the_field_leaves_it_as_it_is(ticket: Any) -> None:
    from serving.desk.pages.ticket import asked_changes

    asked = RequestFactory().post("/", {"action": "correct", "priority": "P1"})
    assert asked_changes(asked, ticket) == [("priority", "P1")]


@pytest.mark.parametrize(
    ("change", "value", "sentence"),
    [
        ("set_state", "closed", "it can become open, pending, solved, not closed"),
        ("set_category", "wings", "wings is not a category of skyvarn; they are service"),
        ("set_team", "nobody", "there is no team nobody; the teams are"),
        ("add_note", "  ", "a note needs a text"),
    ],
)
def test_a_wrong_value_is_rejected_in_one_sentence(
    ticket: Any, ann: Any, change: str, value: str, sentence: str
) -> None:
    from serving.desk import changes
    from serving.desk.states import State

    given = State(value) if change == "set_state" else value
    with pytest.raises(UsageError, match=sentence):
        getattr(changes, change)(ticket.pk, ann, given)
    assert kinds(ticket) == []


def test_solving_a_problem_solves_its_tickets(take_in: TakeIn, ann: Any) -> None:
    from serving.desk import changes
    from serving.desk.models import Ticket

    take_in(a_candidate(1, 1), a_candidate(2, 2), a_candidate(3, 3))
    ids = list(Ticket.objects.order_by("id").values_list("pk", flat=True))
    problem = changes.open_problem("skyvarn", ann, "the belt in hall 4", ids[:2])
    assert changes.solve_problem(problem, ann) == 2
    assert list(Ticket.objects.order_by("id").values_list("state", flat=True)) == ["solved", "solved", "new"]
    other = changes.open_problem("northquill", ann, "theirs")
    with pytest.raises(UsageError, match="is of northquill, ticket"):
        changes.link_problem(ids[2], ann, other)


def test_an_overdue_ticket_is_breached_once_and_escalated(take_in: TakeIn) -> None:
    from serving.desk.models import Ticket
    from serving.desk.routing import save_routing
    from serving.desk.upkeep import mark_breaches

    save_routing("skyvarn", {"teams": {"care": {"escalates_to": "managers"}, "managers": {}}})
    take_in(a_candidate(1, 1), a_candidate(2, 2), a_candidate(3, 2, role="brand_reply", minutes=1))
    due = Ticket.objects.get(comments__tweet_id="1").due_at
    assert mark_breaches(due) == 0
    assert mark_breaches(due + timedelta(seconds=1)) == 1
    assert mark_breaches(due + timedelta(days=1)) == 0
    ticket = Ticket.objects.get(is_breached=True)
    assert (ticket.team, ticket.breached_at) == ("managers", due)
    assert kinds(ticket) == ["breached", "escalated"]


def test_the_clock_of_a_ticket_that_was_solved_without_an_answer_starts_again_when_it_is_reopened(
    ticket: Any, ann: Any
) -> None:
    from serving.desk import changes
    from serving.desk.states import State
    from serving.desk.upkeep import mark_breaches

    changes.set_state(ticket.pk, ann, State.SOLVED)
    changes.set_state(ticket.pk, ann, State.OPEN)
    ticket.refresh_from_db()
    assert ticket.clock_started_at > NOON + timedelta(days=1)
    assert ticket.due_at > ticket.clock_started_at
    assert mark_breaches(ticket.clock_started_at) == 0


def test_a_ticket_is_closed_when_it_can_no_longer_be_reopened(ticket: Any) -> None:
    from serving.desk.models import Ticket
    from serving.desk.upkeep import close_solved

    Ticket.objects.update(state="solved", solved_at=NOON)
    assert close_solved(NOON + timedelta(days=7)) == 0
    assert close_solved(NOON + timedelta(days=7, seconds=1)) == 1
    ticket.refresh_from_db()
    assert (ticket.state, kinds(ticket)) == ("closed", ["closed"])
