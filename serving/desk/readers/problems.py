"""Which single causes have many tickets?"""

from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Now

from serving.desk.models import Problem, Ticket
from serving.desk.readers.inbox import RUNNING, Row
from serving.desk.states import ACTIVE, State

MOST_PROBLEMS = 100
_ACTIVE = [state.value for state in ACTIVE]


def read_problems(brand: str, is_open: bool = True) -> list[Row]:
    """The brand's problems, those with the most active tickets first."""
    running = Q(**{f"tickets__{name}": value for name, value in RUNNING.children})
    found = Problem.objects.filter(brand=brand, state__in=_ACTIVE if is_open else [State.SOLVED, State.CLOSED])
    counted = found.annotate(
        ticket_count=Count("tickets"),
        active_count=Count("tickets", filter=Q(tickets__state__in=_ACTIVE)),
        owed_count=Count("tickets", filter=running),
        breached_count=Count("tickets", filter=running & (Q(tickets__is_breached=True) | Q(tickets__due_at__lt=Now()))),
        first_at=Min("tickets__opened_at"),
        last_at=Max("tickets__opened_at"),
        due_at=Min("tickets__due_at", filter=running),
    )
    names = ("id", "title", "state", "created_at", "solved_at", "ticket_count", "active_count", "owed_count")
    more = ("breached_count", "first_at", "last_at", "due_at")
    ordered = counted.order_by("-active_count", F("last_at").desc(nulls_last=True), "-id")[:MOST_PROBLEMS]
    return list(ordered.values(*names, *more))


def find_problem(brand: str, problem_id: int) -> Problem | None:
    found: Problem | None = Problem.objects.filter(brand=brand, pk=problem_id).first()
    return found


def split_of(problem: Problem, column: str) -> list[tuple[str, int]]:
    """How many of the problem's tickets have each value of a column, the most first."""
    counted = Ticket.objects.filter(problem=problem).values(column).annotate(number=Count("id"))
    return [(row[column], row["number"]) for row in counted.order_by("-number", column)]
