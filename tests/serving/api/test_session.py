"""Sessions of browsers: logging in and out, CSRF, and the limit on attempts."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client, override_settings

from tests.serving.conftest import PASSWORD, ClientOf

PATH = "/api/v1/session"


@pytest.fixture
def ann(database: None) -> str:
    from serving.accounts.changes import create_user, grant_role
    from serving.accounts.roles import Role

    grant_role(create_user("ann", PASSWORD), Role.ANALYST, "skyvarn")
    return "ann"


def a_browser(**options: Any) -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False, **options)


def write(browser: Client, method: str, path: str, body: Any = None) -> Any:
    """A write with the CSRF token that the session's page would send."""
    browser.get(PATH)
    token = browser.cookies["csrftoken"].value
    return browser.generic(method, path, json.dumps(body or {}), "application/json", headers={"X-CSRFToken": token})


def log_in(browser: Client, username: str = "ann", password: str = PASSWORD) -> Any:
    return write(browser, "POST", PATH, {"username": username, "password": password})


def actions() -> list[str]:
    from serving.accounts.models import AuditEntry

    return list(AuditEntry.objects.filter(action__startswith="session").values_list("action", flat=True))


def test_a_session_lasts_from_log_in_to_log_out(ann: str) -> None:
    browser = a_browser()
    assert browser.get(PATH).json() == {"username": None, "grants": []}
    body = {"username": "ann", "grants": [{"brand": "skyvarn", "role": "analyst"}]}
    assert log_in(browser).json() == body == browser.get(PATH).json()
    assert browser.get("/api/v1/brands/skyvarn/nothing").status_code == 404
    cookie = browser.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert write(browser, "DELETE", PATH).status_code == 204
    assert browser.get(PATH).json()["username"] is None
    assert actions() == ["session.login", "session.logout"]


def test_a_session_changes_its_id_at_log_in(ann: str) -> None:
    browser = a_browser()
    log_in(browser)
    first = browser.cookies["sessionid"].value
    write(browser, "DELETE", PATH)
    log_in(browser)
    assert browser.cookies["sessionid"].value != first


def test_a_wrong_password_and_an_unknown_name_read_the_same(ann: str) -> None:
    wrong = [log_in(a_browser(), name, "not the password") for name in ("ann", "bob")]
    assert [response.status_code for response in wrong] == [400, 400]
    assert wrong[0].json() == wrong[1].json()
    assert actions() == ["session.refused"] * 2


def test_a_deactivated_user_cannot_log_in_and_loses_the_session(ann: str) -> None:
    from serving.accounts.models import User

    browser = a_browser()
    log_in(browser)
    User.objects.update(is_active=False)
    assert browser.get("/api/v1/brands").status_code == 401
    assert log_in(a_browser()).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"), [("POST", PATH), ("DELETE", PATH), ("POST", "/api/v1/tokens"), ("DELETE", "/api/v1/tokens/1")]
)
def test_a_write_without_the_csrf_token_is_forbidden(ann: str, method: str, path: str) -> None:
    browser = a_browser()
    log_in(browser)
    response = browser.generic(method, path, "{}", "application/json")
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")
    assert "CSRF" in response.json()["detail"]


def test_passwords_cannot_be_tried_without_end(ann: str) -> None:
    limit = django_settings.BRANDPULSE.serving.login_attempts
    browser = a_browser()
    found = [log_in(browser, "ann", f"guess {number}").status_code for number in range(limit + 1)]
    assert found == [400] * limit + [429]
    blocked = log_in(browser)
    assert (blocked.status_code, int(blocked["Retry-After"])) == (429, 900)
    assert log_in(a_browser(), "bob", "x").status_code == 400
    assert log_in(a_browser(REMOTE_ADDR="192.0.2.7")).status_code == 200


def test_attempts_sent_at_once_are_all_counted(ann: str) -> None:
    limit = django_settings.BRANDPULSE.serving.login_attempts

    def attempt(number: int) -> int:
        try:
            return int(log_in(a_browser(), "ann", f"guess {number}").status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(attempt, range(3 * limit)))
    assert found.count(400) <= limit
    assert found.count(429) >= 2 * limit


def test_attempts_name_nobody_in_the_database(ann: str) -> None:
    from serving.accounts.models import LoginAttempt

    log_in(a_browser(), "my password by mistake", "x")
    assert all(len(each.key) == 64 for each in LoginAttempt.objects.all())


def test_every_client_has_a_limited_rate(ann: str, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    from rest_framework.throttling import SimpleRateThrottle

    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"anon": "2/min", "user": "3/min"})
    client = client_of("viewer")
    for asked, limit in ((client, 3), (Client(), 2)):
        found = [asked.get(PATH).status_code for _ in range(limit + 1)]
        assert found == [200] * limit + [429]
    refused = Client().get(PATH)
    assert int(refused["Retry-After"]) <= 60
    assert refused.json()["status"] == 429


def test_behind_a_proxy_the_cookies_are_secure(ann: str) -> None:
    with override_settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True):
        browser = a_browser()
        log_in(browser)
    assert browser.cookies["sessionid"]["secure"]
    assert browser.cookies["csrftoken"]["secure"]
