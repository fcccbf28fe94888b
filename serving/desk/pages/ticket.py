"""Ticket: what happened to this customer, and what do we do about it?"""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from runtime.errors import UsageError
from serving.accounts.audit import record
from serving.accounts.roles import Scope
from serving.dashboard import words
from serving.dashboard.memory import Content
from serving.dashboard.notices import render_with_notice, to_page
from serving.dashboard.page import brandpulse, check, may
from serving.desk.actions import Conflict, apply_all, sentence
from serving.desk.changes import categories_of
from serving.desk.models import Problem, Ticket
from serving.desk.pages.base import DeskView, asked_filters, kept_query, shown
from serving.desk.pages.clocks import clock_of
from serving.desk.pages.history import in_words
from serving.desk.pages.inbox import queue_content
from serving.desk.readers.inbox import neighbours
from serving.desk.readers.tickets import details_of, entities_of, find_ticket, people_of, read_ticket
from serving.desk.routing import read_routing
from serving.desk.states import ACTIVE, MOVES, Priority, State, TweetRole
from serving.paths import parse_id

POST_OF = "https://x.com/i/status/"
BUTTONS = {State.SOLVED: ("Solve", "s"), State.PENDING: ("Wait for the customer", "w"), State.OPEN: ("Open", "o")}
MOST_PROBLEMS = 50


class TicketPage(DeskView):
    http_method_names = ("get", "head", "post")

    def get(self, request: HttpRequest, brand: str, ticket_id: int) -> HttpResponse:
        return self.show(request, asked_ticket(brand, ticket_id))

    def post(self, request: HttpRequest, brand: str, ticket_id: int) -> HttpResponse:
        """One change; 409 where somebody else has changed the ticket since it was shown."""
        check(request, Scope.TICKETS_WRITE, brand)
        ticket, revision = asked_ticket(brand, ticket_id), request.POST.get("revision", "")
        known = parse_id(revision)
        if revision and known is None:
            raise BadRequest("the revision is malformed")
        try:
            done = apply_all(request.user, ticket, asked_changes(request, ticket), known)
        except Conflict as error:
            return self.show(request, asked_ticket(brand, ticket_id), fault=str(error), status=409)
        except UsageError as error:
            return self.show(request, asked_ticket(brand, ticket_id), fault=sentence(error), status=400)
        # Without `details`: showing them again would be another read of them.
        return to_page(request, kept_query(request), done=" ".join(done) or "Nothing was changed.")

    def show(self, request: HttpRequest, ticket: Ticket, status: int = 200, **state: str) -> HttpResponse:
        content = self.frame(request, "page-inbox", ticket.brand) | queue_content(request, ticket.brand)
        content |= ticket_content(request, ticket) | {"is_beside": True, "current": ticket.pk} | state
        return render_with_notice(request, "desk/ticket.html", content, status)


class NextTicket(DeskView):
    """To the first of the queue: where an agent begins."""

    def get(self, request: HttpRequest, brand: str) -> HttpResponse:
        rows = queue_content(request, brand)["rows"]
        if not rows:
            return redirect("page-inbox", brand=brand)
        first = rows[0]
        address = reverse("page-ticket", args=[first["brand"], first["id"]])
        return redirect(f"{address}{kept_query(request)}")


def asked_ticket(brand: str, ticket_id: int) -> Ticket:
    ticket = find_ticket(brand, ticket_id)
    if ticket is None:
        raise Http404(f"There is no ticket {ticket_id} of this brand.")
    return ticket


def asked_changes(request: HttpRequest, ticket: Ticket) -> list[tuple[str, str]]:
    """(action, value) of the form; the form of corrections has several, of which those that differ are made."""
    given = request.POST
    if given.get("action") != "correct":
        return [(given.get("action", ""), given.get("value", ""))]
    is_complaint = "yes" if ticket.is_complaint else "no"
    before = {"category": ticket.category, "priority": ticket.priority, "complaint": is_complaint}
    asked = {name: given.get(name, value) for name, value in before.items()}
    return [(name, value) for name, value in asked.items() if value != before[name]]


def ticket_content(request: HttpRequest, ticket: Ticket) -> Content:
    found, now = read_ticket(ticket), timezone.now()
    shows_details = request.GET.get("details") == "show" and may(request, Scope.DETAILS_READ, ticket.brand)
    around = neighbours(asked_filters(request, ticket.brand), ticket)
    entities = entities_of(brandpulse(), ticket)
    return {
        "ticket": found | {"clock": clock_of(found, now), "category_shown": shown(found["category"])},
        "title": title_of(found),
        "headline": title_of(found),
        "tweets": [
            tweet | {"author": author_of(ticket.brand, tweet), "url": url_of(tweet)} for tweet in found["tweets"]
        ],
        "entities": [(shown(kind), names) for kind, names in entities.items()],
        "marks": [name for names in entities.values() for name in names],
        "history": [in_words(event) for event in found["events"]],
        "details": read_details_of(request, ticket) if shows_details else None,
        "may_see_details": may(request, Scope.DETAILS_READ, ticket.brand),
        "around": {name: each and link_of(request, each) for name, each in around.items()},
        "inbox_url": f"{reverse('page-inbox', args=[ticket.brand])}{kept_query(request)}",
        **form_choices(ticket),
    }


def form_choices(ticket: Ticket) -> Content:
    """What the forms beside the conversation offer."""
    moves = MOVES[State(ticket.state)]
    categories = {ticket.category, *categories_of(ticket.brand)} - {""}
    problems = Problem.objects.filter(brand=ticket.brand, state__in=[state.value for state in ACTIVE])
    return {
        "people": list(people_of(ticket.brand)),
        "moves": [(state.value, *words) for state, words in BUTTONS.items() if state in moves],
        "categories": [(each, shown(each)) for each in sorted(categories)],
        "priorities": [str(each) for each in Priority],
        "teams": list(read_routing(ticket.brand).desk.teams),
        "problems": list(problems.order_by("-created_at")[:MOST_PROBLEMS]),
    }


def read_details_of(request: HttpRequest, ticket: Ticket) -> list[Any]:
    """What masking hid; the read is in the audit log before it is made."""
    record(request, "ticket-details.read", ticket.brand, f"ticket {ticket.pk}", purpose=f"ticket {ticket.pk}")
    return [(shown(each["kind"]), each["text"]) for each in details_of(brandpulse(), ticket)]


def link_of(request: HttpRequest, neighbour: dict[str, Any]) -> str:
    return f"{reverse('page-ticket', args=[neighbour['brand'], neighbour['id']])}{kept_query(request)}"


def title_of(ticket: dict[str, Any]) -> str:
    """The first sentence of what was written, as the page's title."""
    text = " ".join(ticket["text"].split())
    if not text:
        return f"Ticket {ticket['id']}: the text is erased"
    first = text.split(". ")[0]
    return first if len(first) <= 90 else f"{first[:88].rsplit(' ', 1)[0]} …"


def author_of(brand: str, tweet: dict[str, Any]) -> str:
    others = {TweetRole.BRAND_REPLY.value: words.brand_name(brand), TweetRole.ORIGINAL.value: "Earlier tweet"}
    return others.get(tweet["role"], "Somebody else" if tweet["is_others"] else "Author")


def url_of(tweet: dict[str, Any]) -> str | None:
    return f"{POST_OF}{tweet['tweet_id']}" if tweet["tweet_id"] else None
