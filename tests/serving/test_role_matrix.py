"""Which role may read and write what, of its own brand and of another: every route of the URL configuration."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver

from conf.settings import Settings
from tests.serving.conftest import BRAND, OTHER, ClientOf
from tests.serving.desk.desk_world import a_ticket
from tests.serving.documents import publish_everything

ROLES = ("viewer", "analyst", "agent", "approver", "admin")
EVERYBODY, EXPORTING, PERSONS = set(ROLES), {"analyst", "admin"}, {"analyst", "admin"}
ADMINS = {"admin"}
WORKING = {"agent", "approver", "admin"}
DESK = ("problems", "desk-report")
OPEN: set[str | None] = {None, *ROLES}
SESSION: set[str | None] = set()
"""Needs a browser's session: a token is not enough."""
OF_TOPICS = ("topics", "topic-events", "topic-trends", "cleaning", "alerts")
OF_SEGMENTS = ("segments", "segment-history", "segment-events")
EXPORTS = ("trends", "changes", *OF_SEGMENTS, *OF_TOPICS, "operations", "models")
# Who may ask, by the route's name and method. A route without an entry here fails the test.
ALLOWED: dict[str, set[Any]] = {
    **dict.fromkeys(("GET openapi", "GET health", "GET session"), OPEN),
    # Allowed to try: without a CSRF token the answer is 403.
    **dict.fromkeys(("POST session", "DELETE session"), SESSION),
    **dict.fromkeys(("GET tokens", "POST tokens", "DELETE token"), SESSION),
    **dict.fromkeys(("GET brands", "GET summary", "GET live", "GET segment", "GET topic"), EVERYBODY),
    **dict.fromkeys([f"GET {name}" for name in EXPORTS], EVERYBODY),
    **dict.fromkeys([f"GET {name}.{form}" for name in EXPORTS for form in ("csv", "jsonl")], EXPORTING),
    **dict.fromkeys(("GET profiles", "GET profile"), PERSONS),
    **dict.fromkeys(("GET influencers", "GET influencer", "GET cascades", "GET cascade"), PERSONS),
    **dict.fromkeys([f"GET {name}" for name in ("tickets", "ticket", "ticket-details", *DESK)], WORKING),
    "POST ticket-changes": WORKING,  # without a body it makes no sense: 400
    "GET metrics": EVERYBODY,
    "POST desk-states": set(),  # needs a signature
    "GET audit": ADMINS,
}
# The pages of the dashboard, for which a browser's session is needed; a token is not enough.
ENTRANCES = ("GET sign-in", "POST sign-in", "GET sign-in-link", "POST sign-in-link", "GET asset")
OF_ALERTS = ("alerts", "alert", "alert-rules")
OF_BRANDS = ("overview", "sentiment", "segments", "segment", "topics", "topic", "cleaning", *OF_ALERTS)
ALERTING = {"analyst", "agent", "approver", "admin"}
PAGES: dict[str, set[Any]] = {
    **dict.fromkeys(ENTRANCES, OPEN),
    **dict.fromkeys(
        [f"GET page-{name}" for name in (*OF_BRANDS, "start", "account", "operations", "model")], EVERYBODY
    ),
    **dict.fromkeys(("GET live-tile", "POST sign-out", "POST page-account"), EVERYBODY),
    **dict.fromkeys(("GET page-profiles", "GET page-profile"), PERSONS),
    **dict.fromkeys(("POST page-topic", "POST page-alert", "POST page-alert-rules"), ALERTING),
    **dict.fromkeys(
        [f"GET page-{name}" for name in ("influencers", "influencer", "network", "cascades", "cascade")], PERSONS
    ),
    "GET network-file": PERSONS,
    **dict.fromkeys(
        [f"{method} page-{name}" for name in ("inbox", "ticket", "problem") for method in ("GET", "POST")], WORKING
    ),
    **dict.fromkeys([f"GET {name}" for name in ("desk-queue", "desk-next")], WORKING),
    **dict.fromkeys([f"GET page-{name}" for name in (*DESK, "routing")], WORKING),
    "POST page-routing": ADMINS,
    **dict.fromkeys(("GET page-users", "POST page-users", "GET page-tokens", "GET page-audit"), ADMINS),
    "POST page-tokens": set(),  # only an admin of every brand
}
ARGUMENTS = {
    "segment_id": "s01",
    "topic_id": "t01",
    "alert_id": "0" * 15 + "1",
    "author_key": "0" * 63 + "1",
    "influencer_id": f"{1:020x}",
    "cascade_id": f"{1:020x}",
    "token_id": 1,
    "ticket_id": 1,
    "problem_id": 1,
    "user_id": 0,
    "token": "none",
    "name": "page.js",
}


@dataclass(frozen=True)
class Route:
    name: str
    method: str
    pattern: str

    @property
    def has_brand(self) -> bool:
        return "<brand:brand>" in self.pattern

    @property
    def key(self) -> str:
        return f"{self.method} {self.name}"

    def path(self, brand: str) -> str:
        text = self.pattern.replace("<slug:digest>", digest()).replace("<str:", "<int:").replace("<slug:token>", "none")
        for name, value in (ARGUMENTS | {"brand": brand}).items():
            text = text.replace(f"<{name}:{name}>", str(value)).replace(f"<int:{name}>", str(value))
        return f"/{text}"


def digest() -> str:
    from serving.dashboard.assets import load

    return load("page.js").digest


def routes() -> Iterator[Route]:
    def walk(patterns: list[Any], prefix: str) -> Iterator[Route]:
        for each in patterns:
            here = f"{prefix}{each.pattern}"
            if isinstance(each, URLPattern):
                view = each.callback.view_class
                offered = [name for name in view.http_method_names if hasattr(view, name) and name != "options"]
                methods = [name for name in offered if name != "head"]
                yield from (Route(each.name, method.upper(), here) for method in methods)
            else:
                yield from walk(each.url_patterns, here)

    yield from walk(get_resolver().url_patterns, "")


def test_every_route_has_its_roles(django: None) -> None:
    assert {route.key for route in routes()} == ALLOWED.keys() | PAGES.keys()


@pytest.mark.parametrize("role", [None, *ROLES])
def test_a_role_reads_its_own_brand_and_no_other(served: Settings, client_of: ClientOf, role: str | None) -> None:
    publish_everything(served)
    a_ticket(pk=1)
    client = client_of(role)
    wrong = {}
    for route in [each for each in routes() if each.key in ALLOWED]:
        for brand in (BRAND, OTHER) if route.has_brand else (BRAND,):
            may = role in ALLOWED[route.key] and (brand == BRAND or role is None)
            expected = (
                {400 if route.name == "ticket-changes" else 200} if may else {401} if role is None else {401, 403}
            )
            found = client.generic(route.method, route.path(brand)).status_code
            if found not in expected and not (route.name == "session" and found == 403):
                wrong[f"{role}: {route.method} {route.path(brand)}"] = found
    assert wrong == {}


@pytest.mark.parametrize("role", [None, *ROLES])
def test_a_role_sees_the_pages_of_its_own_brand_and_no_other(
    served: Settings, browser_of: ClientOf, role: str | None
) -> None:
    publish_everything(served)
    a_ticket(pk=1)
    browser, wrong = browser_of(role), {}
    pages = [each for each in routes() if each.key in PAGES]
    # Signing out comes last: what follows it would find nobody signed in.
    for route in sorted(pages, key=lambda each: each.name == "sign-out"):
        for brand in (BRAND, OTHER) if route.has_brand else (BRAND,):
            response = browser.generic(route.method, route.path(brand))
            may = route.key in ENTRANCES or (role in PAGES[route.key] and brand == BRAND)
            if role is None and route.key not in ENTRANCES:
                is_right = response.status_code == 302 and response["Location"].startswith("/sign-in")
            else:
                is_right = response.status_code in ({200, 302, 400, 404, 410} if may else {403})
            if not is_right:
                wrong[f"{role}: {route.key} of {brand}"] = response.status_code
    assert wrong == {}


def test_a_role_on_every_brand_reads_each(served: Settings, client_of: ClientOf) -> None:
    publish_everything(served)
    client = client_of("viewer", brand="*")
    assert [client.get(f"/api/v1/brands/{brand}/segments").status_code for brand in (BRAND, OTHER, "unknown")] == [
        200
    ] * 3
    assert [each["brand"] for each in client.get("/api/v1/brands").json()["data"]] == [OTHER, BRAND]


def test_a_token_does_no_more_than_its_scopes(served: Settings, client_of: ClientOf) -> None:
    from serving.accounts.roles import Scope

    publish_everything(served)
    client = client_of("admin", scopes=[Scope.OPERATIONS_READ])
    found = {route.key for route in routes() if client.generic(route.method, route.path(BRAND)).status_code == 200}
    readable = {f"GET {name}" for name in ("openapi", "health", "session", "operations", "models", "metrics")}
    assert found == readable | {"GET asset", "GET sign-in"}
