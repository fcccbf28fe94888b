"""Profiles of authors: coarse, for analysts, in the audit log, in no cache and in no export."""

import pytest

from conf.settings import Settings
from pipelines.profiles.publish_authors import DOCUMENT
from tests.serving.conftest import ClientOf
from tests.serving.documents import a_profile, publish

PATH = "/api/v1/brands/skyvarn/profiles"


def test_a_row_has_what_is_published_and_no_more(django: None) -> None:
    from serving.api.profiles import EXAMPLE, Profile

    assert set(Profile().fields) == {*DOCUMENT, "segment_id"} == EXAMPLE.keys()


def test_each_read_is_in_the_audit_log_with_its_purpose(served: Settings, client_of: ClientOf) -> None:
    from serving.accounts.models import AuditEntry

    publish(served, "author_profiles", 1, a_profile(1), a_profile(2))
    client = client_of("analyst")
    rows = client.get(PATH, headers={"X-Purpose": "a complaint"}).json()["data"]
    one = client.get(f"{PATH}/{rows[1]['author_key']}")
    assert (len(rows), one.json()["data"]["tweet_count"]) == (2, 10)
    entries = AuditEntry.objects.filter(action__startswith="profiles").order_by("id")
    found = [(each.action, each.brand, each.subject, each.purpose, each.token) for each in entries]
    assert found == [
        ("profiles.list", "skyvarn", "", "a complaint", "a test"),
        ("profiles.read", "skyvarn", rows[1]["author_key"], "", "a test"),
    ]
    assert entries[0].actor.startswith("analyst")


def test_a_read_of_nothing_is_recorded_too(served: Settings, client_of: ClientOf) -> None:
    from serving.accounts.models import AuditEntry

    assert client_of("admin").get(f"{PATH}/{'0' * 64}").status_code == 404
    assert AuditEntry.objects.filter(action="profiles.read").count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_log_names_the_author(
    served: Settings, client_of: ClientOf, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    key = "0f" * 32
    assert getattr(client_of("admin"), method)(f"{PATH}/{key}").status_code in (404, 405)
    assert "<key>" in caplog.text
    assert key not in caplog.text


def test_no_cache_stores_a_profile(served: Settings, client_of: ClientOf) -> None:
    publish(served, "author_profiles", 1, a_profile(1))
    response = client_of().get(PATH, headers={"If-None-Match": '"1"'})
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert "ETag" not in response


def test_profiles_are_not_exported(served: Settings, client_of: ClientOf) -> None:
    assert [client_of("admin").get(f"{PATH}.{form}").status_code for form in ("csv", "jsonl")] == [404, 404]
