"""Users, roles, tokens and the audit log: what an admin of a brand may do, and what only one of every brand."""

from typing import Any

import pytest
from django.test import Client

from tests.serving.conftest import BRAND, OTHER, PASSWORD, ClientOf, rows

USERS, TOKENS, AUDIT = "/admin/users", "/admin/tokens", "/admin/audit"


@pytest.fixture
def bob(database: None) -> Any:
    from serving.accounts.changes import create_user

    return create_user("bob", PASSWORD)


def post(client: Client, **fields: Any) -> int:
    """The status of the page that follows."""
    return int(client.post(USERS, fields, follow=True).status_code)


def grants_of(user: Any) -> list[tuple[str, str]]:
    return [(each.role, each.brand) for each in rows("Grant").filter(user=user)]


def test_an_admin_of_every_brand_creates_a_user_who_can_sign_in(browser_of: ClientOf) -> None:
    client = browser_of("admin", "*")
    text = client.post(USERS, {"action": "create", "username": "carol"}, follow=True).content.decode()
    assert "<code>" not in client.get(USERS).content.decode(), "it is shown once"
    password = text.split("<code>")[1].split("</code>")[0]
    assert Client().post("/sign-in", {"username": "carol", "password": password}).status_code == 302
    entry = rows("AuditEntry").get(action="user.create", subject="carol")
    assert entry.actor.startswith("admin")


@pytest.mark.parametrize("name", ["bob", "", "b o b", "x" * 151])
def test_a_name_that_is_taken_or_not_allowed_is_named(bob: Any, browser_of: ClientOf, name: str) -> None:
    status = post(browser_of("admin", "*"), action="create", username=name)
    assert status == (200 if len(name) > 150 else 400)


def test_roles_are_given_and_taken_with_their_entries(bob: Any, browser_of: ClientOf) -> None:
    client, asked = browser_of("admin"), {"username": "bob", "role": "viewer", "brand": BRAND}
    assert post(client, action="grant", **asked) == 200
    assert grants_of(bob) == [("viewer", BRAND)]
    assert post(client, action="revoke", **asked) == 200
    assert grants_of(bob) == []
    actions = rows("AuditEntry").filter(subject="bob: viewer").values_list("action", flat=True)
    assert list(actions) == ["role.grant", "role.revoke"]


@pytest.mark.parametrize("brand", [OTHER, "*"])
def test_an_admin_of_a_brand_gives_no_role_on_another(bob: Any, browser_of: ClientOf, brand: str) -> None:
    client = browser_of("admin")
    assert post(client, action="grant", username="bob", role="admin", brand=brand) == 403
    assert grants_of(bob) == []


def test_an_admin_of_a_brand_creates_and_deactivates_nobody(bob: Any, browser_of: ClientOf) -> None:
    client = browser_of("admin")
    assert post(client, action="create", username="carol") == 403
    assert post(client, action="active", username="bob", to="inactive") == 403
    assert client.post(TOKENS, {"token": 1}).status_code == 403
    assert rows("User").filter(is_active=True, username__in=("bob", "carol")).count() == 1


def test_a_deactivated_user_is_out_at_once(bob: Any, browser_of: ClientOf) -> None:
    theirs, client = Client(), browser_of("admin", "*")
    theirs.force_login(bob)
    assert theirs.get("/account").status_code == 200
    assert post(client, action="active", username="bob", to="inactive") == 200
    assert theirs.get("/account").status_code == 302
    assert post(client, action="active", username="bob", to="active") == 200
    assert theirs.get("/account").status_code == 200


def test_nobody_locks_themselves_out(browser_of: ClientOf) -> None:
    client = browser_of("admin", "*")
    me = rows("User").get().username
    assert post(client, action="active", username=me, to="inactive") == 400
    assert post(client, action="revoke", username=me, role="admin", brand="*") == 400
    assert rows("Grant").count() == 1


@pytest.mark.parametrize("fields", [{}, {"action": "x"}, {"action": "grant", "role": "king", "brand": BRAND}])
def test_a_form_that_makes_no_sense_is_400(browser_of: ClientOf, fields: Any) -> None:
    assert post(browser_of("admin", "*"), **fields) == 400


def test_an_admin_of_every_brand_revokes_any_token(bob: Any, browser_of: ClientOf) -> None:
    from serving.accounts.changes import create_token
    from serving.accounts.roles import Scope

    token, _ = create_token(bob, "bobs report", [Scope.AGGREGATES_READ])
    assert "bobs report" not in browser_of("admin").get(TOKENS).content.decode()
    client = browser_of("admin", "*")
    assert "bobs report" in client.get(TOKENS).content.decode()
    assert "is revoked" in client.post(TOKENS, {"token": token.id}, follow=True).content.decode()
    assert rows("Token").get().revoked_at is not None


def an_entry(**fields: Any) -> Any:
    given = {"actor": "bob", "action": "profiles.read", "brand": BRAND, "subject": "a subject"}
    return rows("AuditEntry").create(**(given | fields))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"one", "two", "three"}),
        ("?actor=carol", {"two"}),
        ("?action=user.create", {"three"}),
        (f"?brand={OTHER}", {"two"}),
        ("?from=2100-01-01", set()),
        ("?to=2000-01-01", set()),
    ],
)
def test_the_audit_log_is_filtered(browser_of: ClientOf, query: str, expected: set[str]) -> None:
    client = browser_of("admin", "*")
    an_entry(subject="one")
    an_entry(subject="two", actor="carol", brand=OTHER)
    an_entry(subject="three", action="user.create", brand="")
    text = client.get(f"{AUDIT}{query}").content.decode()
    assert {name for name in ("one", "two", "three") if f"<td>{name}</td>" in text} == expected


def test_an_admin_of_a_brand_reads_only_its_entries(browser_of: ClientOf) -> None:
    an_entry(subject="ours")
    an_entry(subject="theirs", brand=OTHER)
    text = browser_of("admin").get(AUDIT).content.decode()
    assert "<td>ours</td>" in text
    assert "<td>theirs</td>" not in text


def test_the_audit_log_has_pages(browser_of: ClientOf) -> None:
    for number in range(120):
        an_entry(subject=f"number {number}")
    client, seen, path = browser_of("admin"), list[str](), AUDIT
    while path:
        text = client.get(path).content.decode()
        seen += [part.split("<")[0] for part in text.split("<td>number ")[1:]]
        link = text.split('href="?before=')[1:]
        path = f"{AUDIT}?before={link[0].split(chr(34))[0]}" if link else ""
    assert [int(each) for each in seen] == list(range(119, -1, -1))
