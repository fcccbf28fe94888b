"""Tokens: shown once, stored as a hash, limited by scopes, expiry and revocation."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.serving.api.test_session import a_browser, ann, log_in, write
from tests.serving.conftest import ClientOf

PATH = "/api/v1/tokens"
ASKED = {"name": "a report", "scopes": ["aggregates:read"], "days": 30}
__all__ = ["ann"]


def bearing(text: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {text}"})


def test_a_token_is_shown_once_and_stored_as_a_hash(ann: str) -> None:
    from serving.accounts.models import AuditEntry, Token

    browser = a_browser()
    log_in(browser)
    made = write(browser, "POST", PATH, ASKED)
    text = made.json()["token"]
    assert (made.status_code, text[:3], len(text)) == (201, "bp_", 46)
    (listed,) = browser.get(PATH).json()["data"]
    assert (listed["name"], listed["scopes"], "token" in listed) == ("a report", ["aggregates:read"], False)
    assert text not in str(list(Token.objects.values()))
    assert bearing(text).get("/api/v1/session").json()["username"] == "ann"
    entry = AuditEntry.objects.get(action="token.create")
    assert (entry.actor, entry.subject) == ("ann", f"ann: {listed['id']} a report")


def test_a_token_expires_at_the_latest_when_the_settings_say_so(ann: str) -> None:
    browser = a_browser()
    log_in(browser)
    made = write(browser, "POST", PATH, ASKED | {"days": 3650}).json()
    assert made["expires_at"] < (timezone.now() + timedelta(days=366)).isoformat()


@pytest.mark.parametrize("change", ["expired", "revoked", "inactive"])
def test_a_token_that_is_no_longer_valid_is_rejected(client_of: ClientOf, change: str) -> None:
    from serving.accounts.models import Token, User

    client = client_of("viewer")
    assert client.get("/api/v1/session").status_code == 200
    past = timezone.now() - timedelta(seconds=1)
    if change == "inactive":
        User.objects.update(is_active=False)
    else:
        Token.objects.update(**{"expires_at" if change == "expired" else "revoked_at": past})
    response = client.get("/api/v1/session")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="brandpulse"')


@pytest.mark.parametrize("text", ["", "bp_", "bp_unknown", "é", "a b", "x" * 5000])
def test_an_unknown_token_is_rejected(database: None, text: str) -> None:
    assert bearing(text).get("/api/v1/session").status_code == 401


def test_a_revoked_token_stays_in_the_list(ann: str) -> None:
    browser = a_browser()
    log_in(browser)
    made = write(browser, "POST", PATH, ASKED).json()
    assert write(browser, "DELETE", f"{PATH}/{made['id']}").status_code == 204
    (listed,) = browser.get(PATH).json()["data"]
    assert listed["revoked_at"] is not None
    assert bearing(made["token"]).get("/api/v1/session").status_code == 401


def test_nobody_revokes_the_token_of_somebody_else(ann: str, client_of: ClientOf) -> None:
    from serving.accounts.models import Token

    client_of("viewer")
    other = Token.objects.get()
    browser = a_browser()
    log_in(browser)
    assert write(browser, "DELETE", f"{PATH}/{other.id}").status_code == 404
    assert Token.objects.get().revoked_at is None


def test_a_token_cannot_make_another(client_of: ClientOf) -> None:
    response = client_of("admin").post(PATH, ASKED, "application/json")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Session realm="brandpulse"')


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (ASKED | {"scopes": ["everything"]}, "scopes.0"),
        (ASKED | {"scopes": []}, "scopes"),
        (ASKED | {"days": 0}, "days"),
        ({"scopes": ["aggregates:read"]}, "name"),
    ],
)
def test_a_wrong_request_names_the_field(ann: str, body: dict[str, object], field: str) -> None:
    browser = a_browser()
    log_in(browser)
    response = write(browser, "POST", PATH, body)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)
