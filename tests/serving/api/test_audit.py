"""The audit log: who sees which entries, and that none is ever changed."""

import pytest

from tests.serving.conftest import BRAND, OTHER, ClientOf

PATH = "/api/v1/audit"


def test_an_admin_sees_the_entries_of_the_own_brand(client_of: ClientOf) -> None:
    from serving.accounts.models import AuditEntry

    for brand in (BRAND, OTHER, ""):
        AuditEntry.objects.create(actor="ann", action="profiles.read", brand=brand)
    own = client_of("admin").get(PATH).json()["data"]
    assert {row["brand"] for row in own} == {BRAND}
    every = client_of("admin", brand="*").get(PATH).json()["data"]
    assert {row["brand"] for row in every} == {BRAND, OTHER, "", "*"}


def test_the_newest_entries_come_first_page_by_page(client_of: ClientOf) -> None:
    from serving.accounts.models import AuditEntry

    for number in range(7):
        AuditEntry.objects.create(actor="ann", action="profiles.read", brand=BRAND, subject=str(number))
    client, found, before = client_of("admin"), list[str](), ""
    while True:
        body = client.get(f"{PATH}?limit=3{before}").json()
        found += [row["subject"] for row in body["data"] if row["action"] == "profiles.read"]
        if body["next"] is None:
            break
        before = f"&before={body['next']}"
    assert found == ["6", "5", "4", "3", "2", "1", "0"]


def test_an_entry_is_never_changed(database: None) -> None:
    from serving.accounts.models import AuditEntry

    entry = AuditEntry.objects.create(actor="ann", action="profiles.read")
    entry.actor = "bob"
    with pytest.raises(TypeError, match="never changed"):
        entry.save()
