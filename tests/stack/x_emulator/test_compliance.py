"""Batch compliance jobs and the event streams."""

import json
from typing import Any

import pytest

from stack.x_emulator.contract import table
from tests.stack.x_emulator import contract
from tests.stack.x_emulator.conftest import Start
from tests.stack.x_emulator.probe import Listener, Probe

JOBS = "/2/compliance/jobs"
TWEET_EVENTS: dict[str, dict[str, Any]] = {
    "withheld": {"countries": ["DE"]},
    "tweet_edit": {"edit_tweet_ids": ["5", "6"]},
}
USER_EVENTS: dict[str, dict[str, Any]] = {
    "user_withheld": {"countries": ["DE"]},
    "scrub_geo": {"up_to_tweet_id": "9"},
    "user_profile_modification": {"profile_field": "name", "new_value": "N"},
}


def _create(x: Probe, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = x.call("POST", JOBS, json=body).json()["data"]
    return found


def test_a_job_goes_from_created_to_complete_and_reports_what_is_gone(x: Probe) -> None:
    kept, deleted, hidden = (
        x.admin.post(text, author_id=author) for text, author in (("a", "1"), ("b", "2"), ("c", "3"))
    )
    x.admin.event("delete", deleted)
    x.admin.event("user_protect", "3")
    job = _create(x, type="tweets", name="nightly")
    assert (job["status"], job["name"]) == ("created", "nightly")
    assert x.session.put(job["upload_url"], data="\n".join([kept, deleted, hidden, "5"])).status_code == 200
    assert x.get(f"{JOBS}/{job['id']}")["data"]["status"] == "in_progress"
    assert x.session.get(job["download_url"]).status_code == 404
    x.admin.advance(11)
    assert x.get(f"{JOBS}/{job['id']}")["data"]["status"] == "complete"
    rows = [json.loads(line) for line in x.session.get(job["download_url"]).text.splitlines()]
    assert [(row["id"], row["action"], row["reason"]) for row in rows] == [
        (deleted, "delete", "deleted"),
        (hidden, "delete", "protected"),
    ]
    assert set(rows[0]) == {"id", "action", "created_at", "redacted_at", "reason"}


def test_a_job_about_accounts_reports_those_that_left(x: Probe) -> None:
    x.admin.event("user_delete", "7")
    job = _create(x, type="users")
    x.session.put(job["upload_url"], data="7\n8\n")
    x.admin.advance(11)
    (row,) = [json.loads(line) for line in x.session.get(job["download_url"]).text.splitlines()]
    assert (row["id"], row["reason"]) == ("7", "deactivated")


def test_a_second_job_of_a_type_is_a_conflict_until_the_first_is_done(x: Probe) -> None:
    _create(x, type="tweets")
    response = x.call("POST", JOBS, json={"type": "tweets"})
    assert (response.status_code, response.json()["type"].split("/")[-1]) == (409, "conflict")
    assert x.call("POST", JOBS, json={"type": "users"}).status_code == 200
    x.admin.advance(3600)
    assert x.call("POST", JOBS, json={"type": "tweets"}).status_code == 200
    assert [job["status"] for job in x.get(JOBS, type="tweets")["data"]] == ["expired", "created"]
    assert len(x.get(JOBS, type="tweets", status="created")["data"]) == 1


@pytest.mark.parametrize(
    "body", [{}, {"type": "lists"}, {"type": "tweets", "name": "n" * 65}, {"type": "tweets", "a": 1}]
)
def test_a_job_that_does_not_fit_is_refused(shared: Probe, body: dict[str, Any]) -> None:
    assert shared.call("POST", JOBS, json=body).status_code == 400


def test_urls_of_a_job_need_their_signature_and_their_time(x: Probe) -> None:
    job = _create(x, type="tweets")
    assert x.session.put(job["upload_url"] + "0", data="1").status_code == 403
    x.admin.advance(16 * 60)
    assert x.session.put(job["upload_url"], data="1").status_code == 403
    assert x.call("GET", f"{JOBS}/123").status_code == 404


def test_events_come_on_the_stream_of_their_kind_and_partition(start: Start) -> None:
    x = start(tier="enterprise")
    headers = {"Accept-Encoding": "identity"}
    path = "/2/tweets/compliance/stream"
    past = x.admin.event("delete", "401", author_id="2")
    response = x.call("GET", path, params={"partition": 2, "backfill_minutes": 1}, stream=True, headers=headers)
    stream = Listener(response)
    x.admin.event("delete", "402", author_id="2")
    x.admin.event("user_protect", "401")
    live = x.admin.event("withheld", "405", author_id="2", countries=["DE"])
    assert [stream.payload(), stream.payload()] == [past, live]
    response.close()
    assert x.call("GET", path).status_code == 400


@pytest.mark.skipif(not contract.IS_THERE, reason="../shared/contracts is absent")
def test_every_event_has_the_form_of_the_contract(x: Probe) -> None:
    rules = table("contract")["compliance"]
    for kind in rules["tweet_events"]:
        event = x.admin.event(kind, "5", author_id="2", **TWEET_EVENTS.get(kind, {}))
        assert list(contract.errors_of_body(event, "TweetComplianceStreamResponse", "2.166")) == []
    for kind in rules["user_events"]:
        event = x.admin.event(kind, "5", **USER_EVENTS.get(kind, {}))
        assert list(contract.errors_of_body(event, "UserComplianceStreamResponse", "2.166")) == []


def test_an_unknown_event_is_refused(x: Probe) -> None:
    with pytest.raises(ValueError, match="no compliance event"):
        x.admin.event("explode", "5")
