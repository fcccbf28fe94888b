"""How does the desk do: how many tickets, how quickly answered, how often too late, how often was the model wrong?"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from math import ceil

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from serving.desk.models import Correction, Ticket
from serving.desk.readers.queue import RUNNING, Row, of_brands
from serving.desk.states import ACTIVE

MEDIAN, SLOW = 0.5, 0.9
GROUPS = ("priority", "team", "category")
MOST_ROWS = 12


def span_of(days: int) -> tuple[datetime, datetime]:
    """The last days until the end of today, UTC."""
    end = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return end - timedelta(days=days), end


def read_report(brands: Iterable[str], start: datetime, end: datetime) -> Row:
    """Of the tickets opened in the time: `total`, `days`, and the same figures by priority, team and category."""
    opened = Ticket.objects.filter(of_brands(brands), opened_at__gte=start, opened_at__lt=end)
    return {
        "total": figures_of(opened),
        "days": days_of(brands, start, end),
        **{name: grouped(opened, name) for name in GROUPS},
        "corrections": corrections_of(brands, start, end, opened.count()),
        "waiting": Ticket.objects.filter(of_brands(brands), RUNNING).count(),
    }


def figures_of(tickets: QuerySet) -> Row:
    """Counts, and the time from the opening to the first response in minutes: median and 90th percentile of those
    that have one."""
    active = Q(state__in=[state.value for state in ACTIVE])
    counts = tickets.aggregate(
        ticket_count=Count("id"),
        answered_count=Count("id", filter=~Q(first_response_at=None)),
        breached_count=Count("id", filter=~Q(breached_at=None)),
        active_count=Count("id", filter=active),
        reopened_count=Count("id", filter=Q(reopened_count__gt=0)),
    )
    times = tickets.exclude(first_response_at=None).values_list("opened_at", "first_response_at")
    minutes = sorted((answered - opened) / timedelta(minutes=1) for opened, answered in times)
    share = counts["breached_count"] / counts["ticket_count"] if counts["ticket_count"] else None
    return dict(counts) | {
        "response_p50": percentile(minutes, MEDIAN),
        "response_p90": percentile(minutes, SLOW),
        "breached_share": share,
    }


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed; None of no values."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def grouped(tickets: QuerySet, name: str) -> list[Row]:
    """The figures of each value of a column: priorities in their order, else those with the most tickets first."""
    counted = tickets.values(name).annotate(number=Count("id")).order_by("-number", name)[:MOST_ROWS]
    values = sorted(row[name] for row in counted) if name == "priority" else [row[name] for row in counted]
    return [{"name": value, **figures_of(tickets.filter(**{name: value}))} for value in values]


def days_of(brands: Iterable[str], start: datetime, end: datetime) -> list[Row]:
    """{day, opened_count, solved_count, breached_count} of each day, also those without a ticket."""
    found: dict[date, Row] = {}
    for column in ("opened", "solved", "breached"):
        moments = Ticket.objects.filter(
            of_brands(brands), **{f"{column}_at__gte": start, f"{column}_at__lt": end}
        ).annotate(day=TruncDate(f"{column}_at"))
        for row in moments.values("day").annotate(number=Count("id")).order_by("day"):
            found.setdefault(row["day"], {})[f"{column}_count"] = row["number"]
    first = start.date()
    length = ceil((end - start) / timedelta(days=1))
    none = dict.fromkeys(("opened_count", "solved_count", "breached_count"), 0)
    every = (first + timedelta(days=place) for place in range(length))
    return [{"day": day} | none | found.get(day, {}) for day in every]


def corrections_of(brands: Iterable[str], start: datetime, end: datetime, ticket_count: int) -> Row:
    """What agents corrected in the time: how often each field, and the most frequent changes of category."""
    made = Correction.objects.filter(of_brands(brands), corrected_at__gte=start, corrected_at__lt=end)
    fields = made.values("field").annotate(number=Count("ticket", distinct=True)).order_by("-number", "field")
    pairs = made.values("field", "from_value", "to_value").annotate(number=Count("id")).order_by("-number", "to_value")
    return {
        "ticket_count": ticket_count,
        "fields": [{"name": row["field"], "count": row["number"]} for row in fields],
        "pairs": list(pairs.values("field", "from_value", "to_value", "number")[:MOST_ROWS]),
    }
