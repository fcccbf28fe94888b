"""Lookups of the lake's tweets against the emulator and a real broker: each tweet in time, each read counted."""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from conf.settings import Secrets, Settings
from pipelines.collection import collect_compliance_lookup
from pipelines.sources.collector.store import Store
from pipelines.sources.lake_ids import StoredTweets, read_stored_tweets
from pipelines.sources.x.compliance import lookup_events
from runtime.errors import BudgetExhausted, MissingPrerequisite
from stack.x_emulator.local import Running
from tests.collecting import collecting, some_options, wait_for
from tests.complying import read_event_names, read_events, store_tweets
from tests.x_emulator import an_emulator

SPEED = 100


@pytest.fixture
def x() -> Iterator[Running]:
    with an_emulator(speed=SPEED) as running:
        yield running


@pytest.fixture
def ready(settings: Settings, x: Running) -> Settings:
    return at_speed(settings, x)


def at_speed(settings: Settings, x: Running, **compliance: Any) -> Settings:
    return collecting(settings, x, collect_stream={"clock_speed": float(SPEED)}, collect_compliance=compliance)


def run_once(settings: Settings, **flags: bool) -> None:
    collect_compliance_lookup.run(settings, some_options(once=True, **flags))


def asked(x: Running) -> list[list[str]]:
    """The ids of each lookup that was answered."""
    calls = [each for each in x.admin.requests() if each["endpoint"] == "tweets" and each["status"] == 200]
    return [parse_qs(each["query"])["ids"][0].split(",") for each in calls]


def an_edit(x: Running) -> list[str]:
    """The ids of a tweet and of its edited version."""
    history = ["9000000000", "9000000001"]
    return [x.admin.post(text, id=history[n], edit_history_tweet_ids=history[: n + 1]) for n, text in enumerate("ab")]


def posts(x: Running, count: int) -> list[str]:
    return [x.admin.post(f"text {number}", author_id="77") for number in range(count)]


def test_what_x_hides_becomes_an_event_as_far_as_x_says_why(ready: Settings, x: Running) -> None:
    kept, deleted, hidden = (x.admin.post("text", author_id=author) for author in ("1", "2", "3"))
    store_tweets(ready, kept, deleted, hidden, "15")
    x.admin.event("delete", deleted)
    x.admin.event("user_protect", "3")
    run_once(ready)
    assert read_event_names(ready) == {
        ("delete", deleted, "not_found"),
        ("delete", "15", "not_found"),
        ("tweet_protect", hidden, "not_authorized"),
    }
    assert {each.place[0] for each in read_events(ready)} == {"x:compliance:lookup"}
    assert all("observed_at" in each.body and "event_at" not in each.body for each in read_events(ready))


def test_what_changed_becomes_an_event(ready: Settings, x: Running) -> None:
    place = {"place_id": "p1"}
    edited, new = an_edit(x)
    scrubbed, placed, withheld = (x.admin.post("t", author_id=a, geo=place) for a in ("21", "22", "23"))
    store_tweets(ready, edited)
    store_tweets(ready, scrubbed, placed, withheld, placed=True)
    x.admin.event("scrub_geo", "21", up_to_tweet_id=scrubbed)
    x.admin.event("withheld", withheld, countries=["DE", "FR"])
    run_once(ready)
    bodies = {(each.name, each.subject): each.body for each in read_events(ready)}
    assert set(bodies) == {("tweet_edit", edited), ("scrub_geo", scrubbed), ("withheld", withheld)}
    assert bodies["tweet_edit", edited]["edit_tweet_ids"] == [edited, new]
    assert bodies["withheld", withheld]["withheld_in_countries"] == ["DE", "FR"]
    assert bodies["withheld", withheld]["tweet"]["author_id"] == "23"


def test_an_edit_that_the_lake_knows_is_no_news(ready: Settings, x: Running) -> None:
    versions = an_edit(x)
    store_tweets(ready, *versions, history=versions)
    run_once(ready)
    assert read_events(ready) == []


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        ({"type": "P/resource-not-found", "detail": "User has been suspended: [7]."}, ("tweet_suspend", "suspended")),
        ({"type": "P/not-authorized-for-resource", "detail": "Sorry"}, ("tweet_protect", "not_authorized")),
        ({"type": "P/resource-unavailable", "detail": "later"}, None),
        ({"type": "P/resource-not-found", "parameter": "referenced_tweets.id"}, None),
        ({}, None),
    ],
)
def test_only_problems_of_the_tweet_itself_are_removals(
    problem: dict[str, str], expected: tuple[str, str] | None, offline_settings: Settings
) -> None:
    nothing: StoredTweets = read_stored_tweets(offline_settings, 0, 1)
    response = {"errors": [{"parameter": "ids", "value": "7", "resource_type": "tweet"} | problem]}
    found = [each.value.decode() for each in lookup_events(response, nothing, "2026-01-01T00:00:00.000Z")]
    name, reason = expected or ("", "")
    assert [(f'"{name}":' in each, f'"reason":"{reason}"' in each) for each in found] == [(True, True)] * bool(expected)


def test_both_spellings_of_an_edit_history_are_read(offline_settings: Settings) -> None:
    nothing = read_stored_tweets(offline_settings, 0, 1)
    response = {"data": [{"id": "5", "edit_history_post_ids": ["5", "6"]}, {"id": "8", "withheld": None, "geo": None}]}
    (event,) = lookup_events(response, nothing, "2026-01-01T00:00:00.000Z")
    assert b'"tweet_edit"' in event.value


def test_ids_go_a_hundred_at_a_time_once_each_and_are_billed(ready: Settings, x: Running) -> None:
    ids = posts(x, 230)
    store_tweets(ready, *ids, "no id", "5")
    run_once(ready)
    assert [len(each) for each in asked(x)] == [100, 100, 31]
    assert Counter(each for batch in asked(x) for each in batch) == Counter([*ids, "5"])
    store = Store(ready)
    rows = [(row["source"], row["reads"]) for row in store.rows("SELECT * FROM reads")]
    store.close()
    assert rows == [("x:compliance:lookup", 230)]


def test_a_round_that_the_budget_ended_goes_on_at_its_place(ready: Settings, x: Running) -> None:
    ids = posts(x, 250)
    store_tweets(ready, *ids)
    poor = ready.model_copy(update={"x": ready.x.model_copy(update={"monthly_reads": 150})})
    with pytest.raises(BudgetExhausted, match="200 posts were read in"):
        run_once(poor)
    run_once(ready)
    assert [each for batch in asked(x) for each in batch] == sorted(ids, key=int)


def test_a_tweet_that_is_still_there_is_told_of_in_each_round(ready: Settings, x: Running) -> None:
    store_tweets(ready, "5")
    for _ in range(2):
        run_once(ready)
        x.admin.advance(60)
    first, second = read_events(ready)
    assert first.name == second.name == "delete"
    assert first.place != second.place


def test_what_a_killed_round_sends_again_has_the_same_place(ready: Settings, x: Running) -> None:
    store_tweets(ready, "5")
    run_once(ready)
    store = Store(ready)
    store.write("""UPDATE notes SET value = json_set(value, '$.after_id', 0, '$.is_done', json('false'))
                   WHERE name = 'compliance:lookup'""")
    store.close()
    run_once(ready)
    first, again = read_events(ready)
    assert first.place == again.place


@pytest.mark.slow
def test_a_round_spreads_over_its_hours_and_takes_in_what_comes_meanwhile(settings: Settings, x: Running) -> None:
    ready = at_speed(settings, x, lookup_hours=0.25)  # 9 s
    store_tweets(ready, *posts(x, 300))
    stop = threading.Event()
    thread = threading.Thread(target=collect_compliance_lookup.run, args=(ready, some_options(), stop))
    thread.start()
    try:
        wait_for(lambda: len(asked(x)) == 1)
        late = x.admin.post("late", author_id="78")
        store_tweets(ready, late)
        wait_for(lambda: late in [each for batch in asked(x) for each in batch])
        wait_for(lambda: sum(late in batch for batch in asked(x)) == 2, 30)
    finally:
        stop.set()
        thread.join(6)
    assert not thread.is_alive()
    moments: dict[str, list[float]] = {}
    for call in [each for each in x.admin.requests() if each["endpoint"] == "tweets"]:
        for each in parse_qs(call["query"])["ids"][0].split(","):
            moments.setdefault(each, []).append(call["at"])
    assert all(len(each) == 2 and each[1] - each[0] <= 900 * 1.2 for each in moments.values())


def test_a_limit_of_x_is_waited_out(ready: Settings, x: Running) -> None:
    store_tweets(ready, "5")
    x.admin.fault("rate_limited", on="tweets")
    run_once(ready)
    assert read_event_names(ready) == {("delete", "5", "not_found")}


def test_the_end_comes_within_seconds_of_the_word(settings: Settings, x: Running) -> None:
    ready = at_speed(settings, x, lookup_hours=240.0)
    store_tweets(ready, *posts(x, 300))
    stop = threading.Event()
    thread = threading.Thread(target=collect_compliance_lookup.run, args=(ready, some_options(), stop))
    thread.start()
    wait_for(lambda: len(asked(x)) == 1)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_a_dry_run_asks_for_nothing(ready: Settings, x: Running) -> None:
    store_tweets(ready, "5")
    run_once(ready, dry_run=True)
    assert x.admin.requests() == []


def test_without_a_token_it_names_the_variable(ready: Settings) -> None:
    with pytest.raises(MissingPrerequisite, match="BRANDPULSE_X_BEARER_TOKEN"):
        run_once(ready.model_copy(update={"secrets": Secrets()}))
