"""What the desk's pages share: who may see them, and what the URL chooses of the queue."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest

from serving.accounts.roles import EVERY_BRAND, Scope
from serving.dashboard.filters import choose, options
from serving.dashboard.memory import Content
from serving.dashboard.page import SignedInView, frame, may
from serving.desk.models import Ticket
from serving.desk.readers.inbox import CHOICES, NOBODY, Filters, Queue, of_brands, read_queue
from serving.desk.states import Priority

STATES = {
    "Active": "active",
    "Overdue": "breached",
    "New": "new",
    "Open": "open",
    "Pending": "pending",
    "Solved": "solved",
    "All": "all",
}
PEOPLE = {"Everybody": "", "Me": "me", "Nobody": NOBODY}
ALL = "all"
LONGEST = 64
KEPT = ("state", "team", "priority", "category", "assignee", "brands")
"""The filters that a link from the queue to a ticket keeps."""


class DeskView(SignedInView):
    scope = Scope.TICKETS_READ

    def frame(self, request: HttpRequest, route: str, brand: str) -> Content:
        return frame(request, route, brand) | {"is_desk": True, "may_work": may(request, Scope.TICKETS_WRITE, brand)}


def asked_filters(request: HttpRequest, brand: str) -> Filters:
    """What the URL chooses; 400 for a value that does not exist."""
    assignee = choose(request, "assignee", PEOPLE, "")
    is_all = choose(request, "brands", {"One": "", "All": ALL}, "") == ALL
    return Filters(
        brands=desk_brands(request) if is_all else frozenset({brand}),
        state=choose(request, "state", {name: name for name in CHOICES}, "active"),
        priority=choose(request, "priority", {"Any": ""} | {each: each for each in Priority}, ""),
        team=asked_text(request, "team"),
        category=asked_text(request, "category"),
        assignee=str(request.user.pk) if assignee == "me" else assignee,
    )


def asked_page(request: HttpRequest, filters: Filters) -> Queue:
    """The page of the queue that the URL's cursor begins; 400 for a cursor that is none."""
    try:
        return read_queue(filters, request.GET.get("cursor", ""))
    except ValueError:
        raise BadRequest("the cursor is malformed") from None


def desk_brands(request: HttpRequest) -> frozenset[str]:
    """The brands whose tickets the user may read; EVERY_BRAND for all."""
    return frozenset(request.user.brands_with(Scope.TICKETS_READ))


def asked_text(request: HttpRequest, name: str) -> str:
    given = request.GET.get(name, "")
    if len(given) > LONGEST:
        raise BadRequest(f"{name} has more than {LONGEST} characters")
    return str(given)


def choices_of(request: HttpRequest, brand: str, filters: Filters, counts: dict[str, int]) -> Content:
    """The filter bar's choices. Teams and categories are those that tickets have, and what the URL names."""
    tickets = Ticket.objects.filter(of_brands(filters.brands))
    teams = {*tickets.values_list("team", flat=True).distinct(), filters.team} - {""}
    categories = {*tickets.values_list("category", flat=True).distinct(), filters.category} - {""}
    states = [each | {"count": counts[str(each["value"])]} for each in options(STATES, filters.state)]
    brands = desk_brands(request)
    return {
        "states": states,
        "people": options(PEOPLE, request.GET.get("assignee", "")),
        "teams": options({"Any": ""} | {each: each for each in sorted(teams)}, filters.team),
        "categories": options({"Any": ""} | {shown(each): each for each in sorted(categories)}, filters.category),
        "priorities": options({"Any": ""} | {str(each): str(each) for each in Priority}, filters.priority),
        "scopes": options({"This one": "", "All of mine": ALL}, request.GET.get("brands", "")),
        "has_brands": len(brands) > 1 or EVERY_BRAND in brands,
        "kept": {name: value for name in ("state", "assignee") if (value := request.GET.get(name))},
        "is_filtered": any(request.GET.get(name) for name in KEPT),
    }


def kept_query(request: HttpRequest) -> str:
    """The filters of the queue as a query string, for links to its tickets."""
    given: Any = request.GET.copy()
    for name in [each for each in given if each not in KEPT]:
        del given[name]
    text = given.urlencode()
    return f"?{text}" if text else ""


def shown(name: str) -> str:
    return name.replace("_", " ").capitalize()
