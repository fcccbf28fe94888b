"""Signing in and out, and a user's own account."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings

from tests.serving.conftest import PASSWORD, ClientOf, rows


@pytest.fixture
def ann(database: None) -> Any:
    from serving.accounts.changes import create_user, grant_role
    from serving.accounts.roles import Role

    user = create_user("ann", PASSWORD)
    grant_role(user, Role.VIEWER, "skyvarn")
    return user


def sign_in(client: Client, password: str = PASSWORD, target: str = "") -> tuple[int, str]:
    response = client.post("/sign-in", {"username": "ann", "password": password, "next": target})
    return response.status_code, response.get("Location", "")


def test_a_page_sends_to_the_sign_in_and_back(ann: Any) -> None:
    client = Client()
    asked = client.get("/account?a=b")
    assert asked["Location"] == "/sign-in?next=%2Faccount%3Fa%3Db"
    assert 'value="/account?a=b"' in client.get(asked["Location"]).content.decode()
    assert sign_in(client, target="/account?a=b") == (302, "/account?a=b")
    assert client.get("/account").status_code == 200
    assert rows("AuditEntry").get(action="session.login").actor == "ann"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_no_address_of_others_is_gone_to(ann: Any, target: str) -> None:
    assert sign_in(Client(), target=target) == (302, "/")


def test_a_wrong_password_is_said_without_saying_which_was_wrong(ann: Any) -> None:
    client = Client()
    assert sign_in(client, "wrong")[0] == 400
    text = client.post("/sign-in", {"username": "nobody", "password": "x"}).content.decode()
    assert "Name and password do not fit." in text
    refused = rows("AuditEntry").filter(action="session.refused")
    assert [(each.actor, each.subject) for each in refused] == [("", "ann"), ("", "")], "a password may stand there"
    assert client.get("/account").status_code == 302


def test_too_many_attempts_are_429(ann: Any, settings_of_logins: None) -> None:
    client = Client()
    assert [sign_in(client, "wrong")[0] for _ in range(3)] == [400, 400, 429]
    assert sign_in(client)[0] == 429


@pytest.fixture
def settings_of_logins(database: None) -> object:
    from django.conf import settings

    given = settings.BRANDPULSE
    serving = given.serving.model_copy(update={"login_attempts": 2})
    with override_settings(BRANDPULSE=given.model_copy(update={"serving": serving})):
        yield


def test_forms_need_the_token_against_forgery(ann: Any) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
    response = client.post("/sign-in", {"username": "ann", "password": PASSWORD})
    assert (response.status_code, response["Content-Type"]) == (403, "text/html; charset=utf-8")


def test_a_link_signs_in_once(ann: Any) -> None:
    from serving.accounts.links import create_link

    link = create_link(ann)
    client, late = Client(), Client()
    assert "Sign in as ann" in client.get(link).content.decode()
    assert client.get("/account").status_code == 302, "looking at it is not signing in"
    assert client.post(link)["Location"] == "/"
    assert client.get("/account").status_code == 200
    assert (late.post(link).status_code, late.get("/account").status_code) == (410, 302)


@pytest.mark.parametrize("wrong", ["another", "inactive", "late"])
def test_a_link_that_is_not_valid_signs_nobody_in(ann: Any, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth.tokens import default_token_generator

    from serving.accounts.changes import create_user, set_active
    from serving.accounts.links import create_link

    link = create_link(ann)
    if wrong == "another":
        link = link.replace(f"/{ann.pk}/", f"/{create_user('bob', PASSWORD).pk}/")
    elif wrong == "inactive":
        set_active(ann, False)
    else:
        now = default_token_generator._now()
        monkeypatch.setattr(default_token_generator, "_now", lambda: now + timedelta(hours=1, seconds=1))
    assert Client().post(link).status_code == 410


def test_signing_out_ends_the_session(ann: Any) -> None:
    client = Client()
    sign_in(client)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert client.get("/account").status_code == 302
    assert rows("AuditEntry").filter(action="session.logout").count() == 1


def test_the_first_page_is_the_brand_looked_at_last(ann: Any) -> None:
    client = Client()
    sign_in(client)
    assert client.get("/")["Location"] == "/brands/skyvarn"


def test_a_user_without_a_role_is_told_so(ann: Any) -> None:
    ann.grants.all().delete()
    client = Client()
    client.force_login(ann)
    assert "You have no role yet" in client.get("/").content.decode()
    assert client.get("/account").status_code == 200


def test_a_user_creates_and_revokes_tokens(ann: Any) -> None:
    client = Client()
    client.force_login(ann)
    given = {"action": "create", "name": "report", "scopes": ["aggregates:read", "nothing"]}
    posted = client.post("/account", given)
    assert (posted.status_code, posted["Location"]) == (302, "/account")
    text = client.get("/account").content.decode()
    token = rows("Token").get()
    secret = text.split("<code>")[1].split("</code>")[0]
    assert token.scopes == ["aggregates:read"]
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client(headers=headers).get("/api/v1/brands").status_code == 200
    assert secret not in client.get("/account").content.decode()
    assert client.post("/account", {"action": "revoke", "token": token.id}).status_code == 302
    assert Client(headers=headers).get("/api/v1/brands").status_code == 401


def test_the_text_of_a_token_is_shown_once_to_its_user_and_stored_nowhere(ann: Any, browser_of: ClientOf) -> None:
    from django.contrib.sessions.models import Session

    client, other = Client(), browser_of("viewer")
    client.force_login(ann)
    posted = client.post("/account", {"action": "create", "name": "report", "scopes": ["aggregates:read"]})
    cookie = posted.cookies["notice"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/account")
    assert [each for each in Session.objects.all() if "token" in str(each.get_decoded())] == []
    other.cookies["notice"] = cookie.value
    assert "<code>" not in other.get("/account").content.decode()
    assert "<code>" in client.get("/account").content.decode()
    assert "<code>" not in client.get("/account").content.decode()


def test_each_scope_and_role_is_explained(ann: Any, browser_of: ClientOf) -> None:
    from serving.accounts.roles import DUTIES, MEANINGS, Role, Scope

    assert (set(MEANINGS), set(DUTIES)) == (set(Scope), set(Role))
    client = browser_of("admin", "*")
    assert all(text in client.get("/account").content.decode() for text in MEANINGS.values())
    shown = [client.get(f"/admin/{page}").content.decode().casefold() for page in ("users", "tokens")]
    texts = [[text.casefold() for text in each.values()] for each in (DUTIES, MEANINGS)]
    assert [text for page, each in zip(shown, texts, strict=True) for text in each if text not in page] == []


def test_nobody_revokes_the_token_of_another(ann: Any, browser_of: ClientOf) -> None:
    from serving.accounts.changes import create_token
    from serving.accounts.roles import Scope

    token, _ = create_token(ann, "report", [Scope.AGGREGATES_READ])
    assert browser_of("admin").post("/account", {"action": "revoke", "token": token.id}).status_code == 404
    assert rows("Token").get().revoked_at is None


def test_a_password_is_changed_by_who_knows_the_present_one(ann: Any) -> None:
    client, new = Client(), "another long enough one"
    client.force_login(ann)
    assert client.post("/account", {"action": "password", "old": "wrong", "new": new}).status_code == 400
    assert client.post("/account", {"action": "password", "old": PASSWORD, "new": "short"}).status_code == 400
    changed = client.post("/account", {"action": "password", "old": PASSWORD, "new": new}, follow=True)
    assert "Your password is changed." in changed.content.decode(), "the session goes on"
    assert sign_in(Client(), new)[0] == 302
    assert rows("AuditEntry").filter(action="user.password").count() == 1
