"""Every error is a problem document, whichever part of Django it comes from."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from tests.serving.conftest import ClientOf

TRENDS = "/api/v1/brands/skyvarn/trends"


def check(response: Any, status: int) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert (body["status"], body["type"]) == (status, "about:blank")
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1", "/api/v1/", "/api/v2/brands", "/api/v1/brands/UPPER/trends", "/%00"]
)
def test_an_unknown_address_is_404(database: None, path: str) -> None:
    check(Client().get(path), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_offered_is_405(client_of: ClientOf, method: str) -> None:
    response = client_of().generic(method, TRENDS)
    check(response, 405)
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=7", "cursor"),
        ("window=minute", "window"),
        ("from=yesterday", "from"),
        ("last=7", "last"),
        ("last=0d", "last"),
        ("form=2026-05-04T00:00:00Z", "form"),
    ],
)
def test_a_wrong_parameter_is_named(client_of: ClientOf, query: str, field: str) -> None:
    body = check(client_of().get(f"{TRENDS}?{query}"), 400)
    assert body["errors"][0]["field"] == field
    assert body["detail"].startswith(f"{field}: ")


def test_a_body_that_is_not_json_is_named(database: None) -> None:
    browser = Client()
    check(browser.post("/api/v1/session", "{", "application/json"), 400)
    check(browser.post("/api/v1/session", "a=b", "application/x-www-form-urlencoded"), 415)


def test_a_host_that_is_not_served_is_400(database: None) -> None:
    check(Client(headers={"Host": "elsewhere.example"}).get("/api/v1/health"), 400)


def test_an_internal_error_shows_nothing_of_itself(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("serving.readers.trends.read_trends", fail)
    monkeypatch.setattr("serving.api.published.published_run", fail)
    assert "secret" not in str(check(client_of().get(TRENDS), 500))


def test_a_database_that_is_unavailable_is_503(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("database is locked")

    client = client_of()
    monkeypatch.setattr("serving.accounts.models.User.brands_with", fail)
    response = client.get(TRENDS)
    check(response, 503)
    assert response["Retry-After"] == "5"
