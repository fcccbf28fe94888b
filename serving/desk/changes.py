"""Every change that people make to tickets: in one transaction with its event, its correction and its delivery."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from conf.brand.files import CATEGORIES
from runtime.errors import UsageError
from serving.desk.clocks import due_at
from serving.desk.deliveries import send_update
from serving.desk.events import Actor, record
from serving.desk.models import Correction, Note, Problem, Ticket
from serving.desk.routing import Routing, read_routing
from serving.desk.states import MOVES, CorrectedField, EventKind, Priority, State


@contextmanager
def changing(ticket_id: int, *, is_sent: bool = True) -> Iterator[Ticket]:
    """The ticket, locked; saved at the end of the block with the next revision, and sent to the help desk."""
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().filter(pk=ticket_id).first()
        if ticket is None:
            raise UsageError(f"there is no ticket {ticket_id}")
        yield ticket
        ticket.revision += 1
        ticket.updated_at = timezone.now()
        ticket.save()
        if is_sent:
            send_update(ticket)


def assign(ticket_id: int, actor: Actor, user: Any) -> None:
    """Give the ticket to a user, or to nobody for None; a new ticket is open afterwards."""
    with changing(ticket_id) as ticket:
        before = ticket.assignee_id or ""
        ticket.assignee = user
        record(ticket, EventKind.ASSIGNED, actor, before, user.pk if user else "")
        if user and ticket.state == State.NEW:
            _move(ticket, State.OPEN, actor, timezone.now())


def set_team(ticket_id: int, actor: Actor, team: str) -> None:
    """UsageError for a team that the brand's routing does not have."""
    with changing(ticket_id) as ticket:
        routing = read_routing(ticket.brand)
        if team not in routing.desk.teams:
            raise UsageError(f"there is no team {team}; the teams are {', '.join(routing.desk.teams)}")
        before, ticket.team = ticket.team, team
        record(ticket, EventKind.ROUTED, actor, before, team)
        _restart_clock(ticket, routing)


def set_state(ticket_id: int, actor: Actor, state: State, *, is_sent: bool = True) -> None:
    """Change the state; the same state changes nothing. UsageError for a change that MOVES does not have."""
    with changing(ticket_id, is_sent=is_sent) as ticket:
        if state != ticket.state:
            _move(ticket, state, actor, timezone.now())


def set_priority(ticket_id: int, actor: Actor, priority: Priority) -> None:
    """Correct the priority; an answer that is still owed is due accordingly."""
    with changing(ticket_id) as ticket:
        before, ticket.priority = ticket.priority, priority.value
        record(ticket, EventKind.PRIORITY_CHANGED, actor, before, priority)
        _correct(ticket, CorrectedField.PRIORITY, before, priority.value, actor)
        _restart_clock(ticket, read_routing(ticket.brand))


def set_category(ticket_id: int, actor: Actor, category: str) -> None:
    """Correct the category, by the brand's own name of it; UsageError for a name that the brand does not have."""
    with changing(ticket_id) as ticket:
        known = categories_of(ticket.brand)
        if category not in known:
            raise UsageError(f"{category} is not a category of {ticket.brand}; they are {', '.join(known)}")
        before, ticket.category = ticket.category, category
        record(ticket, EventKind.CATEGORY_CHANGED, actor, before, category)
        _correct(ticket, CorrectedField.CATEGORY, before, category, actor)


def set_is_complaint(ticket_id: int, actor: Actor, is_complaint: bool) -> None:
    """Correct what the model decided; a ticket that is no complaint is solved."""
    with changing(ticket_id) as ticket:
        before, ticket.is_complaint = ticket.is_complaint, is_complaint
        _correct(ticket, CorrectedField.IS_COMPLAINT, _word(before), _word(is_complaint), actor)
        if not is_complaint and State.SOLVED in MOVES[State(ticket.state)]:
            _move(ticket, State.SOLVED, actor, timezone.now())


def add_note(ticket_id: int, actor: Actor, text: str) -> Note:
    """Add a note for colleagues; UsageError for an empty one."""
    if not text.strip():
        raise UsageError("a note needs a text")
    with changing(ticket_id, is_sent=False) as ticket:
        record(ticket, EventKind.NOTED, actor)
        note: Note = Note.objects.create(ticket=ticket, author=actor.user, text=text.strip())
        return note


@transaction.atomic
def open_problem(brand: str, actor: Actor, title: str, ticket_ids: Sequence[int] = ()) -> Problem:
    """A problem that somebody found, with the tickets that it causes."""
    problem: Problem = Problem.objects.create(brand=brand, title=title)
    for ticket_id in ticket_ids:
        link_problem(ticket_id, actor, problem)
    return problem


def link_problem(ticket_id: int, actor: Actor, problem: Problem | None) -> None:
    """Make the ticket an incident of a problem of its brand, or of none."""
    with changing(ticket_id, is_sent=False) as ticket:
        if problem is not None and problem.brand != ticket.brand:
            raise UsageError(f"problem {problem.pk} is of {problem.brand}, ticket {ticket_id} of {ticket.brand}")
        before, ticket.problem = ticket.problem_id or "", problem
        record(ticket, EventKind.LINKED, actor, before, problem.pk if problem else "")


@transaction.atomic
def solve_problem(problem: Problem, actor: Actor) -> int:
    """Solve the problem and its tickets; returns how many tickets were solved."""
    Problem.objects.filter(pk=problem.pk).update(state=State.SOLVED.value, solved_at=timezone.now())
    solvable = [state.value for state in State if State.SOLVED in MOVES[state]]
    tickets = list(problem.tickets.filter(state__in=solvable).order_by("id").values_list("pk", flat=True))
    for ticket_id in tickets:
        set_state(ticket_id, actor, State.SOLVED)
    return len(tickets)


def categories_of(brand: str) -> list[str]:
    """The brand's own names of its categories."""
    rules = read_routing(brand).file.categories
    return list(dict.fromkeys([*(rules.own_names[each] for each in CATEGORIES), *(each.name for each in rules.add)]))


def _move(ticket: Ticket, state: State, actor: Actor, at: datetime) -> None:
    before = State(ticket.state)
    if state not in MOVES[before]:
        allowed = ", ".join(sorted(MOVES[before])) or "nothing"
        raise UsageError(f"ticket {ticket.pk} is {before}: it can become {allowed}, not {state}")
    ticket.state = state.value
    if state == State.SOLVED:
        ticket.solved_at = at
        record(ticket, EventKind.SOLVED, actor, before, state, at)
    elif state == State.CLOSED:
        ticket.closed_at = at
        record(ticket, EventKind.CLOSED, actor, before, state, at)
    elif before == State.SOLVED:
        ticket.solved_at, ticket.reopened_count = None, ticket.reopened_count + 1
        if ticket.answered_at is None and not ticket.is_breached:  # what was solved without an answer had no clock
            ticket.clock_started_at = at
            _restart_clock(ticket, read_routing(ticket.brand))
        record(ticket, EventKind.REOPENED, actor, before, state, at)
    else:
        record(ticket, EventKind.STATE_CHANGED, actor, before, state, at)


def _restart_clock(ticket: Ticket, routing: Routing) -> None:
    if ticket.answered_at is None and not ticket.is_breached:
        ticket.due_at = due_at(routing.desk, ticket.team, ticket.priority, ticket.clock_started_at)


def _correct(ticket: Ticket, field: CorrectedField, before: str, after: str, actor: Actor) -> None:
    original = ticket.comments.filter(is_original=True).first()
    if original is None or before == after:
        return
    Correction.objects.create(
        ticket=ticket,
        feedback_key=secrets.token_hex(32),
        brand=ticket.brand,
        comment=original,
        field=field.value,
        from_value=before,
        to_value=after,
        actor=actor.user,
    )


def _word(value: bool) -> str:
    return "true" if value else "false"
