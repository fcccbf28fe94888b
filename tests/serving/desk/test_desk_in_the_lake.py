"""What the pipelines do at the desk by SQL, on the tables that Django makes: the archive, erasures, keys, retention."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings

from conf.settings import Settings
from pipelines.sinks.desk import (
    blank_answered,
    delete_desk,
    delete_expired_tickets,
    request_erasures,
)
from pipelines.sinks.lake_rows import read_plain_rows
from pipelines.sinks.privacy.accounts import free_old_rows, rekey_subjects
from pipelines.sources.desk import (
    has_desk_rows,
    read_answered_keys,
    read_comments,
    read_erased,
    read_remote_systems,
    read_tweet_keys,
)
from pipelines.tickets import archive_desk
from runtime.key_chain import make_key

SECRETS = ("a secret",)
LINKS = ("another",)
NOON = datetime(2026, 5, 4, 12, 30, 0, 250_000, tzinfo=UTC)
ANN = make_key(SECRETS, "an author")
LATER = timedelta(minutes=1)


@pytest.fixture
def brandpulse(database: None, tmp_path: Path) -> Settings:
    """Settings by which Django and the pipelines reach the same database, with a lake of the test's own."""
    found: Settings = django_settings.BRANDPULSE
    lake = found.lake.model_copy(update={"path": str(tmp_path / "lake")})
    return found.model_copy(update={"lake": lake})


def rows(model: str) -> Any:
    return apps.get_model("desk", model).objects


def a_ticket(tweet_id: str, **fields: Any) -> Any:
    """A ticket of the conversation that the tweet began, with this tweet."""
    key = make_key(SECRETS, f"skyvarn|{tweet_id}")
    own = {"brand": "skyvarn", "ticket_key": f"ticket {tweet_id}", "conversation_key": key, "priority": "P2"}
    times = {"opened_at": NOON, "clock_started_at": NOON, "due_at": NOON + LATER, "updated_at": NOON}
    ticket = rows("Ticket").create(team="care", **own | times | fields)
    a_comment(ticket, tweet_id, is_original=True)
    return ticket


def a_comment(ticket: Any, tweet_id: str, **fields: Any) -> Any:
    keys = {"tweet_key": make_key(SECRETS, tweet_id), "candidate_key": make_key(SECRETS, f"skyvarn|{tweet_id}")}
    own = {"brand": "skyvarn", "tweet_id": tweet_id, "author_key": ANN, "role": "complaint", "text": f"text {tweet_id}"}
    conversation = ticket.conversation_key if ticket else make_key(SECRETS, f"skyvarn|{tweet_id}")
    times = {"created_at": NOON, "received_at": NOON, "taken_in_at": NOON}
    return rows("Comment").create(ticket=ticket, conversation_key=conversation, **own | keys | times | fields)


def an_event(ticket: Any, key: str, **fields: Any) -> None:
    own = {"kind": "routed", "to_value": "care", "actor_role": "system", "team": "care", "occurred_at": NOON}
    rows("Event").create(ticket=ticket, event_key=key, brand="skyvarn", **own | fields)


def archived(settings: Settings, name: str, *columns: str) -> list[tuple[Any, ...]]:
    found = read_plain_rows(settings, name, columns)
    return sorted(tuple(row[each] for each in columns) for row in found)


def test_events_and_corrections_are_archived_once(brandpulse: Settings) -> None:
    ticket = a_ticket("11")
    an_event(ticket, "e1")
    rows("Correction").create(
        ticket=ticket, comment=rows("Comment").get(), feedback_key="f1", brand="skyvarn", field="category",
        from_value="delay", to_value="refunds", corrected_at=NOON,
    )  # fmt: skip
    assert archive_desk.run(brandpulse, NOON) == {"gold.ticket_events": 1, "gold.feedback": 1}
    assert archive_desk.run(brandpulse, NOON) == {"gold.ticket_events": 0, "gold.feedback": 0}
    an_event(ticket, "e2", kind="solved")
    assert archive_desk.run(brandpulse, NOON - LATER) == {"gold.ticket_events": 1, "gold.feedback": 0}
    columns = ("event_key", "ticket_key", "tweet_id", "kind", "occurred_at", "archived_at")
    assert archived(brandpulse, "gold.ticket_events", *columns) == [
        ("e1", "ticket 11", "11", "routed", NOON, NOON),
        ("e2", "ticket 11", "11", "solved", NOON, NOON + timedelta(microseconds=1)),
    ]
    of_feedback = ("feedback_key", "tweet_id", "field", "from_value", "to_value", "model_version", "corrected_at")
    assert archived(brandpulse, "gold.feedback", *of_feedback) == [
        ("f1", "11", "category", "delay", "refunds", None, NOON)
    ]


def test_a_run_after_a_kill_appends_what_was_claimed(brandpulse: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    an_event(a_ticket("11"), "e1")
    with monkeypatch.context() as patched:
        patched.setattr(archive_desk, "append_plain_rows", killed)
        with pytest.raises(KeyboardInterrupt):
            archive_desk.run(brandpulse, NOON)
    an_event(a_ticket("12"), "e2")
    assert archive_desk.run(brandpulse, NOON + LATER)["gold.ticket_events"] == 2
    found = archived(brandpulse, "gold.ticket_events", "event_key", "archived_at")
    assert found == [("e1", NOON), ("e2", NOON + LATER)]


def test_erased_tweets_are_requested_once_and_their_ids_leave_the_answers(brandpulse: Settings) -> None:
    ticket = a_ticket("11")
    a_comment(ticket, "12", replied_to_id="11")
    key = make_key(SECRETS, "11")
    assert read_tweet_keys(brandpulse) == sorted([key, make_key(SECRETS, "12")])
    for _ in range(2):
        request_erasures(brandpulse, [key], NOON)
    assert read_tweet_keys(brandpulse) == [make_key(SECRETS, "12")]
    (erased,) = read_erased(brandpulse)
    assert (erased.tweet_key, erased.is_done, erased.remote) == (key, False, "waiting")
    assert read_answered_keys(brandpulse, SECRETS) == {key: "11"}
    blank_answered(brandpulse, ["11"])
    assert read_answered_keys(brandpulse, SECRETS) == {}
    assert has_desk_rows(brandpulse)


def test_a_rotation_chains_the_keys_of_the_desk_once_and_leaves_those_of_help_desks(brandpulse: Settings) -> None:
    ticket = a_ticket("11", problem=rows("Problem").create(brand="skyvarn", problem_key=make_key(SECRETS, "p")))
    rows("Problem").create(brand="skyvarn", title="linked by hand")
    a_comment(ticket, "12", author_key="", text="")
    request_erasures(brandpulse, [make_key(SECRETS, "12")], NOON)
    for _ in range(2):
        rekey_subjects(brandpulse, LINKS, "a rotation")
    both = (*SECRETS, *LINKS)
    comments = (
        rows("Comment").order_by("id").values_list("conversation_key", "candidate_key", "tweet_key", "author_key")
    )
    conversation = make_key(both, "skyvarn|11")
    assert list(comments) == [
        (conversation, conversation, make_key(both, "11"), make_key(both, "an author")),
        (conversation, make_key(both, "skyvarn|12"), make_key(both, "12"), ""),
    ]
    assert rows("Ticket").get().conversation_key == conversation
    assert rows("Ticket").get().ticket_key == "ticket 11"
    assert set(rows("Problem").values_list("problem_key", flat=True)) == {make_key(both, "p"), None}
    assert [each.tweet_key for each in read_erased(brandpulse)] == [make_key(both, "12")]


def a_sent_alert(number: int, **fields: Any) -> None:
    from serving.alerts.models import AlertNotice

    given = {"alert_id": f"{number:016x}", "brand": "skyvarn", "event": "opened", "facts": {}, "added_by": "tests"}
    notice = AlertNotice.objects.create(**(given | fields))
    rows("Delivery").create(notice=notice, target="skyvarn/care", call="alert_opened", idempotency_key=f"n{number}")


def test_done_tickets_are_deleted_with_all_that_belongs_to_them(brandpulse: Settings) -> None:
    old = NOON - timedelta(days=800)
    done = a_ticket("11", state="closed", updated_at=old)
    an_event(done, "e1")
    rows("Note").create(ticket=done, text="call back")
    rows("Delivery").create(ticket=done, call="create", idempotency_key="d1")
    a_ticket("12", state="open", updated_at=old)
    a_ticket("13", state="closed")
    a_comment(None, "14", taken_in_at=old)
    a_sent_alert(1, added_at=old)
    a_sent_alert(2, added_at=NOON)
    for is_dry in (True, False):
        found = delete_expired_tickets(brandpulse, NOON, 730, is_dry=is_dry)
        assert found == {"desk_ticket": 1, "desk_comment": 1, "alerts_alertnotice": 1}
    assert sorted(rows("Comment").values_list("tweet_id", flat=True)) == ["12", "13"]
    assert [rows(model).count() for model in ("Ticket", "Event", "Note", "Delivery")] == [2, 0, 0, 1]


def test_an_export_names_what_the_desk_has_of_an_author_and_the_end_of_the_agreement_deletes_it(
    brandpulse: Settings,
) -> None:
    a_ticket("11", remote_id="77", remote_system="zendesk")
    a_comment(None, "12", author_key=make_key(SECRETS, "somebody else"))
    exported = read_comments(brandpulse, [ANN])
    assert [(row["tweet_id"], row["text"], row["created_at"]) for row in exported] == [("11", "text 11", NOON)]
    assert read_remote_systems(brandpulse) == ["zendesk"]
    rows("RoutingVersion").create(brand="skyvarn", version=1, document={})
    a_sent_alert(1)
    delete_desk(brandpulse)
    free_old_rows(brandpulse)
    assert not has_desk_rows(brandpulse)
    assert not rows("Delivery").exists()
    assert rows("RoutingVersion").count() == 1
