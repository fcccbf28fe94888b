"""Which tickets wait, the most urgent first?

First those that are owed an answer, by when it is due, so that the oldest breach leads; then those that were answered.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Now

from runtime.times import in_utc
from serving.accounts.roles import EVERY_BRAND
from serving.desk.models import Comment, Ticket
from serving.desk.states import ACTIVE, State, TweetRole
from serving.paths import parse_id

Row = dict[str, Any]
MOST_ROWS = 50
RUNNING = Q(answered_at=None, state__in=[state.value for state in ACTIVE])
"""The clock of the first response runs: an answer is owed."""
OVERDUE = Q(is_breached=True) | Q(due_at__lt=Now())
"""By the clock, as the rows show it: a breach is marked a moment later, or not while the desk's process is stopped."""
CHOICES: dict[str, Q] = {
    "active": Q(state__in=[state.value for state in ACTIVE]),
    "breached": RUNNING & OVERDUE,
    **{state.value: Q(state=state.value) for state in State},
    "all": Q(),
}
"""What `state` may be: those that are worked on, those overdue, one state, or all."""
NOBODY = "nobody"


@dataclass(frozen=True)
class Filters:
    """Empty: any. `brands`: those that the reader may see, EVERY_BRAND for all; `assignee`: a user's id, or NOBODY."""

    brands: frozenset[str]
    state: str = "active"
    team: str = ""
    priority: str = ""
    category: str = ""
    assignee: str = ""
    problem: int | None = None


@dataclass(frozen=True)
class Queue:
    """`next`: where the next page begins, as text; None on the last."""

    rows: list[Row]
    next: str | None = None
    counts: dict[str, int] = field(default_factory=dict)


def read_queue(filters: Filters, cursor: str = "", limit: int = MOST_ROWS) -> Queue:
    """A page of tickets, after the cursor; ValueError for a cursor that is none."""
    found = _ranked(chosen(filters)).order_by("rank", "due_at", "id").select_related("assignee", "problem")
    if cursor:
        found = found.filter(_beyond(cursor))
    tickets = list(found[: limit + 1])
    shown = tickets[:limit]
    following = _cursor(shown[-1]) if len(tickets) > limit else None
    return Queue(rows_of(shown), following)


def count_states(filters: Filters) -> dict[str, int]:
    """How many tickets each value of `state` has, with the other filters as they are."""
    every = chosen(filters, state="all")
    return dict(every.aggregate(**{name: Count("id", filter=wanted) for name, wanted in CHOICES.items()}))


def chosen(filters: Filters, state: str | None = None) -> QuerySet:
    wanted = of_brands(filters.brands) & CHOICES[state or filters.state]
    given = {"team": filters.team, "priority": filters.priority, "category": filters.category}
    wanted &= Q(**{name: value for name, value in given.items() if value})
    if filters.problem is not None:
        wanted &= Q(problem_id=filters.problem)
    if filters.assignee == NOBODY:
        wanted &= Q(assignee=None)
    elif filters.assignee:
        wanted &= Q(assignee_id=int(filters.assignee))
    return Ticket.objects.filter(wanted)


def of_brands(brands: Iterable[str]) -> Q:
    return Q() if EVERY_BRAND in brands else Q(brand__in=sorted(brands))


def neighbours(filters: Filters, ticket: Ticket) -> dict[str, Row | None]:
    """The tickets before and after this one; one that left the queue was where the others wait for an answer."""
    found = _ranked(chosen(filters))
    here = _rank_of(ticket) if found.filter(pk=ticket.pk).exists() else 0
    queue = found.exclude(pk=ticket.pk)
    after = queue.filter(_past(here, ticket.due_at, ticket.pk)).order_by("rank", "due_at", "id").first()
    before = queue.exclude(_past(here, ticket.due_at, ticket.pk)).order_by("-rank", "-due_at", "-id").first()
    return {
        name: {"id": each.pk, "brand": each.brand} if each else None
        for name, each in (("before", before), ("after", after))
    }


def rows_of(tickets: list[Ticket]) -> list[Row]:
    """Plain rows; `text` is the masked text that opened the ticket, empty once it is erased."""
    ids = [ticket.pk for ticket in tickets]
    texts = dict(Comment.objects.filter(ticket__in=ids, is_original=True).values_list("ticket_id", "text"))
    authored = Comment.objects.filter(ticket__in=ids, role__in=[TweetRole.COMPLAINT.value, TweetRole.COMMENT.value])
    counts = dict(authored.values("ticket_id").annotate(number=Count("id")).values_list("ticket_id", "number"))
    return [row_of(each, texts.get(each.pk, ""), counts.get(each.pk, 0)) for each in tickets]


def row_of(ticket: Ticket, text: str, tweets: int) -> Row:
    names = (
        *("id", "brand", "state", "priority", "category", "is_complaint", "team", "rule", "lang", "followers_count"),
        *("sentiment_score", "opened_at", "clock_started_at", "due_at", "answered_at", "first_response_at"),
        *("is_breached", "solved_at", "reopened_count", "revision", "updated_at"),
    )
    problem = ticket.problem
    return {name: getattr(ticket, name) for name in names} | {
        "text": text,
        "tweet_count": tweets,
        "assignee": ticket.assignee.get_username() if ticket.assignee else None,
        "assignee_id": ticket.assignee_id,
        "problem": {"id": problem.pk, "title": problem.title} if problem else None,
        "is_running": ticket.answered_at is None and State(ticket.state) in ACTIVE,
    }


def _rank_of(ticket: Ticket) -> int:
    return 0 if ticket.answered_at is None and State(ticket.state) in ACTIVE else 1


def _ranked(tickets: QuerySet) -> QuerySet:
    rank = Case(When(RUNNING, then=Value(0)), default=Value(1), output_field=IntegerField())
    return tickets.annotate(rank=rank)


def _cursor(ticket: Ticket) -> str:
    return f"{_rank_of(ticket)}~{ticket.due_at.isoformat()}~{ticket.pk}"


def _beyond(cursor: str) -> Q:
    rank, due, number = cursor.split("~")
    place, last = parse_id(rank), parse_id(number)
    try:
        at = in_utc(datetime.fromisoformat(due))
    except OverflowError:
        raise ValueError(f"{due} is no time in UTC") from None
    if place is None or last is None:
        raise ValueError(f"{cursor[:40]} is no cursor")
    return _past(place, at, last)


def _past(rank: int, due_at: datetime, number: int) -> Q:
    later = Q(due_at__gt=due_at) | Q(due_at=due_at, id__gt=number)
    return Q(rank__gt=rank) | (Q(rank=rank) & later)
