"""Commands for users and tokens, as a person runs them."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from runtime.errors import UsageError
from tests.serving.conftest import PASSWORD


@pytest.fixture(autouse=True)
def typed(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))


def run(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def session_of(token: str) -> Any:
    return Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/session")


def test_a_user_gets_a_role_and_a_token_and_loses_both() -> None:
    assert PASSWORD not in run("create_user", "ann", "--password-stdin")
    run("grant_role", "ann", "analyst", "skyvarn")
    token = run("create_token", "ann", "--scope", "aggregates:read", "--days", "7")
    assert session_of(token).json()["grants"] == [{"brand": "skyvarn", "role": "analyst"}]
    run("grant_role", "ann", "analyst", "skyvarn", "--revoke")
    assert session_of(token).json()["grants"] == []
    assert "revoked token" in run("revoke_token", "ann")
    assert session_of(token).status_code == 401


def test_every_change_is_in_the_audit_log() -> None:
    from serving.accounts.models import AuditEntry

    run("create_user", "ann", "--password-stdin")
    run("grant_role", "ann", "admin", "*")
    token = run("create_token", "ann")
    run("revoke_token", "ann", "--id", str(_only_token()))
    entries = list(AuditEntry.objects.order_by("id").values_list("actor", "action", "brand"))
    assert entries == [
        ("", "user.create", ""),
        ("", "role.grant", "*"),
        ("", "token.create", ""),
        ("", "token.revoke", ""),
    ]
    assert token not in str(list(AuditEntry.objects.values()))


def _only_token() -> int:
    from serving.accounts.models import Token

    number: int = Token.objects.get().id
    return number


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("create_user", "a b", "--password-stdin"), "valid username"),
        (("grant_role", "bob", "viewer", "skyvarn"), "there is no user bob"),
        (("create_token", "bob"), "there is no user bob"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        run(*arguments)


@pytest.mark.parametrize("password", ["short", "1234567890123", "password1234", "annannannann-ann"])
def test_a_weak_password_is_rejected(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    from serving.accounts.models import User

    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    with pytest.raises(UsageError, match="password"):
        run("create_user", "annannannann", "--password-stdin")
    assert not User.objects.exists()


def test_a_name_is_taken_once() -> None:
    from serving.accounts.changes import create_user

    create_user("ann", PASSWORD)
    with pytest.raises(UsageError, match="already exists"):
        create_user("ann", PASSWORD)


def test_the_migrations_are_those_of_the_models() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_first_admin_is_made_with_a_link_that_signs_in() -> None:
    from serving.accounts.models import Grant

    link = run("create_link", "ann", "--new-admin")
    assert list(Grant.objects.values_list("role", "brand")) == [("admin", "*")]
    browser = Client()
    assert browser.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200
    with pytest.raises(UsageError, match="ann"):
        run("create_link", "ann", "--new-admin")
