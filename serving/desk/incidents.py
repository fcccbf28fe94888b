"""Tickets that candidates say have one cause: each becomes an incident of its problem, and weighs more."""

from django.utils import timezone

from serving.desk.clocks import due_at
from serving.desk.deliveries import send_update
from serving.desk.events import record
from serving.desk.models import Problem, Ticket
from serving.desk.routing import Routing, decide, facts_of
from serving.desk.states import ACTIVE, EventKind, State

DECIDED = (EventKind.PRIORITY_CHANGED.value, EventKind.CATEGORY_CHANGED.value)
"""After these an agent has decided what the ticket is."""


def link(ticket: Ticket, problem_key: str | None, routing: Routing) -> None:
    """Link the ticket to the problem, unless it has one or an agent took it off this one; its priority may rise.

    The caller saves nothing of the ticket afterwards: it is read again.
    """
    if not problem_key or ticket.problem_id is not None:
        return
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)  # an agent may be changing it
    if ticket.problem_id is not None:
        return
    problem, _ = Problem.objects.get_or_create(
        problem_key=problem_key, defaults={"brand": ticket.brand, "title": ticket.category}
    )
    if ticket.events.filter(kind=EventKind.LINKED.value, to_value=str(problem.pk)).exists():
        return  # it was linked to this one before: an agent decided otherwise
    ticket.problem = problem
    ticket.save(update_fields=["problem"])
    record(ticket, EventKind.LINKED, to_value=problem.pk)
    _raise_priority(ticket, routing)
    if ticket.state in ACTIVE:  # there is work on it again
        solved = Problem.objects.filter(pk=problem.pk, state=State.SOLVED.value)
        solved.update(state=State.OPEN.value, solved_at=None)


def _raise_priority(ticket: Ticket, routing: Routing) -> None:
    """What nobody has worked on yet is as urgent as if its problem had been known from the start."""
    original = ticket.comments.filter(is_original=True, erased_at=None).first()
    if original is None or ticket.state != State.NEW or ticket.routing_version != routing.version:
        return
    if ticket.events.filter(kind__in=DECIDED).exists():
        return
    before, priority = ticket.priority, decide(routing, facts_of(original, routing, has_problem=True)).priority
    if priority >= before:  # P1 comes first
        return
    ticket.priority, ticket.updated_at, ticket.revision = priority, timezone.now(), ticket.revision + 1
    if ticket.answered_at is None and not ticket.is_breached:
        ticket.due_at = due_at(routing.desk, ticket.team, priority, ticket.clock_started_at)
    ticket.save(update_fields=["priority", "updated_at", "revision", "due_at"])
    record(ticket, EventKind.PRIORITY_CHANGED, from_value=before, to_value=priority)
    send_update(ticket)
