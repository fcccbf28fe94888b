"""Which rule takes which tickets, now and with a routing that somebody tries out?"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from serving.desk.models import Comment, RoutingVersion, Ticket
from serving.desk.readers.queue import Row
from serving.desk.routing import Routing, decide, facts_of

LAST, MOST_MOVED, MOST_VERSIONS = 100, 20, 20


@dataclass(frozen=True)
class Trial:
    """`counts`: {rule: tickets that it takes}, the empty name for none; `moved`: those that would be elsewhere."""

    counts: dict[str, int]
    moved: list[Row]
    tickets: int


def try_routing(routing: Routing, last: int = LAST) -> Trial:
    """Decide again about the last tickets whose text is still there; nothing is changed."""
    opening = Prefetch("comments", Comment.objects.filter(is_original=True, erased_at=None), to_attr="opening")
    newest = Ticket.objects.filter(brand=routing.brand).order_by("-opened_at", "-id").prefetch_related(opening)[:last]
    counts = dict.fromkeys([*(rule.name for rule in routing.desk.rules), ""], 0)
    moved, tried = list[Row](), 0
    for ticket in newest:
        for comment in ticket.opening:
            found = decide(routing, facts_of(comment, routing, ticket.problem_id is not None))
            counts[found.rule] += 1
            tried += 1
            if (found.team, found.priority) != (ticket.team, ticket.priority):
                moved.append(
                    {"id": ticket.pk, "team": found.team, "priority": found.priority, "rule": found.rule}
                    | {"was_team": ticket.team, "was_priority": ticket.priority, "text": comment.text}
                )
    return Trial(counts, moved[:MOST_MOVED], tried)


def read_versions(brand: str) -> list[Row]:
    """The saved versions, the newest first."""
    found = RoutingVersion.objects.filter(brand=brand).select_related("created_by").order_by("-version")
    return [
        {"version": each.version, "comment": each.comment, "created_at": each.created_at, "user": _name(each)}
        for each in found[:MOST_VERSIONS]
    ]


def _name(version: Any) -> str | None:
    return version.created_by.get_username() if version.created_by else None
