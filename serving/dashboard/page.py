"""What every page does: who asks and may they, what the frame shows, and what when the store is unavailable."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from conf.brand.files import read_brands
from conf.brand.rules import NO_BRAND
from conf.settings import Settings
from pipelines.sources.mongo import SnapshotExpired
from serving.accounts.permissions import covers
from serving.accounts.roles import EVERY_BRAND, Scope
from serving.dashboard.memory import MEMORY, UNAVAILABLE, Content
from serving.readers.brands import known_brands
from serving.readers.rows import WHOLE, Cursor, Page, Rows

ATTEMPTS = 3
EXPIRED = {
    "title": "This page is no longer kept",
    "text": "A newer run has replaced it: begin again at its first page.",
}
THEMES = ("light", "dark")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Item:
    """A page in the navigation: its route, and the scope that a role needs to see it."""

    route: str
    title: str
    scope: Scope
    of_brand: bool = True


NAVIGATION: dict[str, tuple[Item, ...]] = {
    "": (
        Item("page-overview", "Overview", Scope.AGGREGATES_READ),
        Item("page-sentiment", "Sentiment", Scope.AGGREGATES_READ),
        Item("page-topics", "Topics", Scope.AGGREGATES_READ),
        Item("page-segments", "Segments", Scope.AGGREGATES_READ),
        Item("page-alerts", "Alerts", Scope.AGGREGATES_READ),
        Item("page-profiles", "Profiles", Scope.PROFILES_READ),
        Item("page-influencers", "Influencers", Scope.INFLUENCERS_READ),
        Item("page-network", "Network", Scope.INFLUENCERS_READ),
        Item("page-cascades", "Cascades", Scope.INFLUENCERS_READ),
    ),
    "Desk": (
        Item("page-inbox", "Inbox", Scope.TICKETS_READ),
        Item("page-problems", "Problems", Scope.TICKETS_READ),
        Item("page-desk-report", "Desk report", Scope.TICKETS_READ),
        Item("page-routing", "Routing", Scope.TICKETS_READ),
    ),
    "System": (
        Item("page-model", "Model", Scope.OPERATIONS_READ, of_brand=False),
        Item("page-operations", "Operations", Scope.OPERATIONS_READ, of_brand=False),
    ),
    "Admin": (
        Item("page-users", "Users and roles", Scope.ACCOUNTS_WRITE, of_brand=False),
        Item("page-tokens", "All tokens", Scope.ACCOUNTS_WRITE, of_brand=False),
        Item("page-audit", "Audit log", Scope.AUDIT_READ, of_brand=False),
    ),
}


class SignedInView(View):
    """Sends those who have not signed in to the sign-in page; `scope`: what a role needs, on the brand in the path."""

    http_method_names: tuple[str, ...] = ("get", "head")
    scope: Scope | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **path: Any) -> HttpResponse:
        try:
            if not request.user.is_authenticated:
                return redirect(f"{reverse('sign-in')}?{urlencode({'next': request.get_full_path()})}")
            if self.scope is not None:
                check(request, self.scope, path.get("brand"))
            if "brand" in path and not is_known(request, path["brand"]):
                raise Http404(f"There is no brand {path['brand']}")
            response: HttpResponse = super().dispatch(request, *args, **path)
            return response
        except SnapshotExpired:
            return render(request, "dashboard/message.html", theme_of(request) | EXPIRED, status=410)
        except (*UNAVAILABLE, OperationalError):
            return render(request, "dashboard/unavailable.html", theme_of(request), status=503)


class PageView(SignedInView):
    """A page of published data: `collect` asks the readers, `template` shows what they answered.

    `keeps`: may the content be shown again, as stale, when the store is unavailable.
    """

    route: str
    template: str
    keeps = True

    def collect(self, request: HttpRequest, **path: str) -> Content:
        raise NotImplementedError

    def get(self, request: HttpRequest, **path: str) -> HttpResponse:
        key = f"{self.route} {sorted(path.items())} {sorted(request.GET.lists())} {self.seen_by(request)}"
        shown = MEMORY.read(key, lambda: of_one_run(lambda: self.collect(request, **path)), keep=self.keeps)
        state = {"is_stale": shown.is_stale, "read_at": shown.read_at} | self.unkept(request, shown.content)
        return render(request, self.template, frame(request, self.route, path.get("brand")) | shown.content | state)

    def unkept(self, request: HttpRequest, content: Content) -> Content:
        """What is never shown again: it is read for this request alone."""
        return {}

    def seen_by(self, request: HttpRequest) -> str:
        """Who may see the same content: everybody with the scope, unless a page says otherwise."""
        return ""


def of_one_run(collect: Callable[[], Answer]) -> Answer:
    """`collect`, again if the run that it reads expires meanwhile."""
    for _ in range(ATTEMPTS - 1):
        try:
            return collect()
        except SnapshotExpired:
            continue
    return collect()


def whole(rows: Rows) -> Page:
    """All rows, of the same run as these: a page must not mix two."""
    return WHOLE if rows.run is None else Page(0, Cursor(rows.run, ""))


def brandpulse() -> Settings:
    """The settings, with the document store's short timeout for requests."""
    found: Settings = settings.BRANDPULSE
    return found


def check(request: HttpRequest, scope: Scope, brand: str | None) -> None:
    brands = request.user.brands_with(scope)
    if not (covers(brands, brand) if brand else brands):
        raise PermissionDenied


def may(request: HttpRequest, scope: Scope, brand: str | None = None) -> bool:
    brands = request.user.brands_with(scope)
    return covers(brands, brand) if brand else bool(brands)


def readable_brands(request: HttpRequest) -> list[str]:
    """The brands whose figures the user may read, by name."""
    granted = request.user.brands_with(Scope.AGGREGATES_READ)
    if EVERY_BRAND not in granted:
        return sorted(granted)
    known = all_brands(request)
    return sorted(read_brands() if known is None else known)


def all_brands(request: HttpRequest) -> set[str] | None:
    """The brands with a file or published figures, read once in a request; None while the store does not answer."""
    if not hasattr(request, "all_brands"):
        try:
            request.all_brands = MEMORY.read("brands", lambda: {"brands": known_brands(brandpulse())}).content["brands"]
        except UNAVAILABLE:
            request.all_brands = None
    found: set[str] | None = request.all_brands
    return found


def is_known(request: HttpRequest, brand: str) -> bool:
    """Whether the user has a role on the brand itself, or it has a file or published figures; True while unknown."""
    if brand == NO_BRAND or brand in request.user.brands_with(Scope.AGGREGATES_READ):
        return True
    known = all_brands(request)
    return known is None or brand in known


def named_brands(request: HttpRequest) -> list[str]:
    """The brands to compare with: all readable ones but that of the tweets without a brand."""
    return [each for each in readable_brands(request) if each != NO_BRAND]


def export(route: str, *path: str, **parameters: Any) -> str:
    """The URL of an export of the API as CSV; parameters that are None are left out."""
    text = urlencode({name: value for name, value in parameters.items() if value is not None})
    address: str = reverse(f"{route}.csv", args=path)
    return f"{address}?{text}" if text else address


def theme_of(request: HttpRequest) -> Content:
    chosen = request.COOKIES.get("theme")
    return {"theme": chosen if chosen in THEMES else ""}


def frame(request: HttpRequest, route: str, brand: str | None = None) -> Content:
    """What the frame of a page shows: navigation, brands, user, theme."""
    brands = readable_brands(request)
    if brand is not None and request.session.get("brand") != brand:
        request.session["brand"] = brand
    known = brand or request.session.get("brand")
    current = known if known in brands else next(iter(brands), None)
    groups = {title: _links(request, items, current, route) for title, items in NAVIGATION.items()}
    return theme_of(request) | {
        "navigation": {title: links for title, links in groups.items() if links},
        "brand": brand or current,
        "brands": [
            {"name": each, "url": _same_page(request, route, each), "current": each == current} for each in brands
        ],
        "may_export": may(request, Scope.AGGREGATES_EXPORT, brand),
        "route": route,
    }


def _same_page(request: HttpRequest, route: str, brand: str) -> str:
    """The page of another brand that answers the same question; its overview where there is none for the user."""
    item = next((each for items in NAVIGATION.values() for each in items if each.route == route), None)
    is_there = item is not None and item.of_brand and may(request, item.scope, brand)
    path: str = reverse(route if is_there else "page-overview", args=[brand])
    return path


def _links(request: HttpRequest, items: tuple[Item, ...], brand: str | None, route: str) -> list[Content]:
    shown = [item for item in items if may(request, item.scope, brand if item.of_brand else None)]
    return [
        {"title": item.title, "current": item.route == route, "url": _url(item, brand)}
        for item in shown
        if brand or not item.of_brand
    ]


def _url(item: Item, brand: str | None) -> str:
    path: str = reverse(item.route, args=[brand] if item.of_brand else [])
    return path
