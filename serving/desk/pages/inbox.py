"""Inbox: what must be answered next?"""

from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from runtime.errors import UsageError
from serving.accounts.roles import Scope
from serving.dashboard import words
from serving.dashboard.memory import Content
from serving.dashboard.notices import render_with_notice, to_page
from serving.dashboard.page import check, may
from serving.desk.actions import apply_all, sentence
from serving.desk.changes import categories_of
from serving.desk.models import Ticket
from serving.desk.pages.base import (
    KEPT,
    DeskView,
    asked_filters,
    asked_page,
    choices_of,
    desk_brands,
    kept_query,
    shown,
)
from serving.desk.pages.clocks import clock_of
from serving.desk.readers.inbox import Filters, Row, count_states, of_brands
from serving.desk.readers.tickets import people_of
from serving.desk.routing import read_routing
from serving.desk.states import Priority, State
from serving.paths import parse_id

MOST_AT_ONCE = 100
ASKED_STATES = (State.OPEN, State.PENDING, State.SOLVED)


class Inbox(DeskView):
    http_method_names = ("get", "head", "post")

    def get(self, request: HttpRequest, brand: str) -> HttpResponse:
        content = self.frame(request, "page-inbox", brand) | queue_content(request, brand)
        content |= {"bulk": bulk_choices(brand)} if content["may_work"] else {}
        return render_with_notice(request, "desk/inbox.html", content)

    def post(self, request: HttpRequest, brand: str) -> HttpResponse:
        """One change of many tickets; those that it does not fit stay as they are, and are counted."""
        check(request, Scope.TICKETS_WRITE, brand)
        action, _, value = request.POST.get("change", "").partition(":")
        wanted = {parse_id(each) for each in request.POST.getlist("ticket")[:MOST_AT_ONCE]} - {None}
        tickets = Ticket.objects.filter(of_brands(desk_brands(request)), pk__in=wanted).order_by("id")
        allowed = [each for each in tickets if may(request, Scope.TICKETS_WRITE, each.brand)]
        if not allowed or not action:
            return to_page(request, fault="Select tickets, and what is to become of them.")
        faults = [fault for each in allowed if (fault := self.change(request, each, action, value))]
        done = len(allowed) - len(faults)
        notice = {"done": f"{words.counted(done, 'ticket').capitalize()} changed."} if done else {}
        return to_page(request, **notice, **({"fault": " ".join(dict.fromkeys(faults))} if faults else {}))

    def change(self, request: HttpRequest, ticket: Ticket, action: str, value: str) -> str:
        """What is wrong, or nothing."""
        try:
            apply_all(request.user, ticket, [(action, value)])
        except UsageError as error:
            return sentence(error)
        return ""


class Queue(DeskView):
    """The part of the inbox that changes, polled: empty (204) while it is as the page has it."""

    def get(self, request: HttpRequest, brand: str) -> HttpResponse:
        content = queue_content(request, brand)
        if request.GET.get("seen") == content["version"]:
            return HttpResponse(status=204)
        beside = request.GET.get("beside", "")
        content |= {"is_beside": bool(beside), "current": parse_id(beside)}
        content |= {"brand": brand, "may_work": may(request, Scope.TICKETS_WRITE, brand)}
        return render(request, "desk/queue.html", content)


def queue_content(request: HttpRequest, brand: str) -> Content:
    filters = asked_filters(request, brand)
    queue, counts, now = asked_page(request, filters), count_states(filters), timezone.now()
    version = version_of(queue.rows, counts)
    return {
        "rows": [row | {"clock": clock_of(row, now), "category_shown": shown(row["category"])} for row in queue.rows],
        "next": queue.next,
        "version": version,
        "now": now,
        "headline": headline(counts, filters),
        "counts": counts,
        "choices": choices_of(request, brand, filters, counts),
        "kept_query": kept_query(request),
        "poll": poll_query(request, version),
        "shows_brands": len(filters.brands) > 1 or bool(request.GET.get("brands")),
    }


def poll_query(request: HttpRequest, version: str) -> str:
    """The query of the poll: the same page of the queue, and what of it is shown already."""
    given = {name: request.GET[name] for name in (*KEPT, "cursor") if request.GET.get(name)}
    return urlencode(given | {"seen": version})


def version_of(rows: list[Row], counts: dict[str, int]) -> str:
    """Changes with whatever the queue shows, but for the time."""
    seen = [(row["id"], row["revision"], row["tweet_count"], row["is_breached"], bool(row["text"])) for row in rows]
    return sha256(repr((seen, sorted(counts.items()))).encode()).hexdigest()[:16]


def headline(counts: dict[str, int], filters: Filters) -> str:
    if not counts["all"]:
        return "There are no tickets yet" if filters == Filters(filters.brands) else "No ticket fits these filters"
    if not counts["active"]:
        return "Nobody waits: every ticket is solved"
    text = f"{words.counted(counts['active'], 'ticket').capitalize()} to work on"
    late = counts["breached"]
    return f"{text}, {words.counted(late, 'answer')} overdue" if late else f"{text}, none overdue"


def bulk_choices(brand: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """[(group, [(value, label)])] of what may become of the selected tickets."""
    people: list[Any] = [("assign:me", "me"), ("assign:", "nobody")]
    people += [(f"assign:{user.pk}", user.username) for user in people_of(brand)]
    return [
        ("Assign to", people),
        ("Send to", [(f"team:{each}", each) for each in read_routing(brand).desk.teams]),
        ("Set the state to", [(f"state:{state}", str(state)) for state in ASKED_STATES]),
        ("Correct the priority to", [(f"priority:{each}", str(each)) for each in Priority]),
        ("Correct the category to", [(f"category:{each}", shown(each)) for each in categories_of(brand)]),
    ]
