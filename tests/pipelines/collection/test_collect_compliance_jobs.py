"""Batch compliance jobs against the emulator and a real broker: each deletion once, also after a kill."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy

from conf.settings import Secrets, Settings
from pipelines.collection import collect_compliance_jobs
from pipelines.sources.collector.store import Store, collector_lock, read_note, save_note
from pipelines.sources.x.clients import open_client
from runtime.errors import CredentialsRejected, MissingPrerequisite, ServiceUnavailable, TableLocked
from stack.x_emulator.local import Running
from tests.collecting import Process, collecting, some_options, wait_for
from tests.complying import read_event_names, read_events, store_payloads, store_tweets
from tests.end_to_end.processes import job, overlay
from tests.x_emulator import an_emulator

SPEED = 100
NOTE = "compliance:jobs:tweets"


@pytest.fixture
def x() -> Iterator[Running]:
    with an_emulator(speed=SPEED) as running:
        yield running


@pytest.fixture
def ready(settings: Settings, x: Running) -> Settings:
    return at_speed(settings, x, job_types=["tweets"])


def at_speed(settings: Settings, x: Running, **compliance: Any) -> Settings:
    quick = {"clock_speed": float(SPEED)}
    return collecting(settings, x, collect_stream=quick, collect_compliance={"poll_seconds": 20.0, **compliance})


def run_once(settings: Settings, **flags: bool) -> None:
    collect_compliance_jobs.run(settings, some_options(once=True, **flags))


def deleted_tweet(x: Running) -> str:
    tweet = x.admin.post("deleted")
    x.admin.event("delete", tweet)
    return tweet


def made(x: Running) -> int:
    """How many jobs were made."""
    calls = [each for each in x.admin.requests() if each["endpoint"] == "create_job"]
    return sum(each["status"] == 200 for each in calls)


def note(settings: Settings, under: str, **members: Any) -> dict[str, Any]:
    """What is kept under a name, after `members` are kept there, too."""
    store = Store(settings)
    try:
        if members:
            save_note(store, under, read_note(store, under) | members)
        return read_note(store, under)
    finally:
        store.close()


def test_what_is_gone_becomes_an_event_with_its_reason(ready: Settings, x: Running) -> None:
    ids = [x.admin.post(f"text {number}", author_id=str(number)) for number in range(1, 7)]
    store_tweets(ready, *ids, "5")
    for kind, subject in (("delete", ids[1]), ("drop", ids[2]), ("user_protect", "4"), ("user_suspend", "5")):
        x.admin.event(kind, subject)
    x.admin.event("user_delete", "6")
    run_once(ready)
    assert read_event_names(ready) == {
        ("delete", ids[1], "deleted"),
        ("drop", ids[2], "bounced"),
        ("tweet_protect", ids[3], "protected"),
        ("tweet_suspend", ids[4], "suspended"),
        ("delete", ids[5], "deactivated"),
    }
    assert {each.place[0] for each in read_events(ready)} == {"x:compliance:jobs"}
    assert all(each.key == each.subject and each.body["event_at"] for each in read_events(ready))


def test_a_scrubbed_place_is_an_event_about_the_tweet(ready: Settings, x: Running) -> None:
    tweet = x.admin.post("here", author_id="9")
    store_tweets(ready, tweet)
    x.admin.event("scrub_geo", "9", up_to_tweet_id=tweet)
    run_once(ready)
    assert read_event_names(ready) == {("scrub_geo", tweet, "scrub_geo")}


def test_accounts_of_the_payloads_are_asked_for(settings: Settings, x: Running) -> None:
    included = {"data": {"id": "1", "author_id": "21"}, "includes": {"tweets": [{"id": "2", "author_id": "22"}]}}
    old = {"id_str": "3", "user": {"id_str": "23"}, "retweeted_status": {"user": {"id_str": "24"}}}
    store_payloads(settings, included, old, b"no payload", b"[]", {"data": None, "includes": {"tweets": None}})
    events = {"21": "user_delete", "22": "user_protect", "23": "user_suspend", "24": "user_delete", "25": "user_delete"}
    for account, kind in events.items():
        x.admin.event(kind, account)
    run_once(at_speed(settings, x, job_types=["users"]))
    assert read_event_names(settings) == {
        ("user_delete", "21", "deactivated"),
        ("user_protect", "22", "protected"),
        ("user_suspend", "23", "suspended"),
        ("user_delete", "24", "deactivated"),
    }


def test_a_killed_run_goes_on_with_the_same_job(ready: Settings, x: Running, tmp_path: Path) -> None:
    tweet = deleted_tweet(x)
    store_tweets(ready, tweet)
    x.admin.set_speed(0.01)  # the job lasts
    command = job("collect_compliance", overlay(ready), "--source", "jobs", "--once")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRANDPULSE_X_BEARER_TOKEN", x.credentials.bearer_token)
        first = Process(command, tmp_path / "collector.log")
    wait_for(lambda: any(each["endpoint"] == "job" for each in x.admin.requests()), 60, "a running job")
    first.kill()
    x.admin.set_speed(SPEED)
    assert read_events(ready) == []
    run_once(ready)
    assert (made(x), read_event_names(ready)) == (1, {("delete", tweet, "deleted")})
    assert note(ready, NOTE)["job_id"] is None


def test_a_job_that_was_made_just_before_a_kill_is_found_again(ready: Settings, x: Running) -> None:
    tweet = deleted_tweet(x)
    store_tweets(ready, tweet)
    client: tweepy.Client = open_client(ready)
    client.create_compliance_job("tweets", name="brandpulse-ours")
    note(ready, "compliance:name", name="brandpulse-ours")
    run_once(ready)
    assert (made(x), read_event_names(ready)) == (1, {("delete", tweet, "deleted")})


def test_another_programs_job_is_waited_for(ready: Settings, x: Running) -> None:
    tweet = deleted_tweet(x)
    store_tweets(ready, tweet)
    client: tweepy.Client = open_client(ready)
    response: Any = client.create_compliance_job("tweets", name="another's")
    thread = threading.Thread(target=run_once, args=(ready,))
    thread.start()
    wait_for(lambda: 409 in [each["status"] for each in x.admin.requests()])
    assert requests.put(response["data"]["upload_url"], data=b"1\n", timeout=5).status_code == 200
    thread.join(20)
    assert (thread.is_alive(), made(x), read_event_names(ready)) == (False, 2, {("delete", tweet, "deleted")})


def test_a_job_that_x_does_not_know_any_more_is_made_anew(ready: Settings, x: Running) -> None:
    tweet = deleted_tweet(x)
    store_tweets(ready, tweet)
    note(ready, NOTE, job_id="123")
    run_once(ready)
    assert read_event_names(ready) == {("delete", tweet, "deleted")}


def test_a_job_that_ran_out_of_time_is_made_anew(ready: Settings, x: Running) -> None:
    tweet = deleted_tweet(x)
    store_tweets(ready, tweet)
    client: tweepy.Client = open_client(ready)
    old: Any = client.create_compliance_job("tweets")
    note(ready, NOTE, job_id=old["data"]["id"])
    x.admin.advance(3600)
    run_once(ready)
    assert (made(x), read_event_names(ready)) == (2, {("delete", tweet, "deleted")})


def test_jobs_that_are_lost_one_after_the_other_end_the_run(ready: Settings, x: Running) -> None:
    store_tweets(ready, deleted_tweet(x))
    slow = at_speed(ready, x, job_types=["tweets"])
    stop = threading.Event()
    x.admin.set_speed(1)

    def lose_jobs() -> None:
        while not stop.wait(0.05):
            x.admin.advance(9 * 86_400)  # beyond the download address, too

    thread = threading.Thread(target=lose_jobs)
    thread.start()
    try:
        with pytest.raises(ServiceUnavailable, match="X lost 3 compliance jobs about tweets in a row"):
            run_once(slow)
    finally:
        stop.set()
        thread.join()


def test_results_that_are_sent_again_have_the_same_places(ready: Settings, x: Running) -> None:
    store_tweets(ready, deleted_tweet(x), deleted_tweet(x))
    run_once(ready)
    (job_id,) = {each.place[1].partition("#")[0].removeprefix("job-") for each in read_events(ready)}
    note(ready, NOTE, job_id=job_id)  # as if killed before the end was written down
    run_once(ready)
    assert sorted(Counter(each.place for each in read_events(ready)).values()) == [2, 2]


def test_trouble_of_x_on_the_way_is_waited_out(ready: Settings, x: Running) -> None:
    tweet = deleted_tweet(x)
    store_tweets(ready, tweet)
    for endpoint in ("list_jobs", "create_job", "job"):
        x.admin.fault("unavailable", on=endpoint)
    run_once(ready)
    assert read_event_names(ready) == {("delete", tweet, "deleted")}
    assert x.admin.faults() == []


def test_a_job_is_made_when_it_is_due_and_not_before(ready: Settings, x: Running) -> None:
    store_tweets(ready, deleted_tweet(x))
    ready = at_speed(ready, x, job_types=["tweets"], jobs_hours=0.05)  # 1.8 s
    stop = threading.Event()
    thread = threading.Thread(target=collect_compliance_jobs.run, args=(ready, some_options(), stop))
    thread.start()
    try:
        wait_for(lambda: made(x) == 1)
        assert note(ready, NOTE) is not None
        wait_for(lambda: made(x) >= 2)
        moments = [each["at"] for each in x.admin.requests() if each["endpoint"] == "create_job"]
        assert moments[1] - moments[0] >= 120  # due after 180 s; a busy machine is late to note the first
    finally:
        stop.set()
        thread.join(6)
    assert not thread.is_alive()


def test_an_empty_lake_needs_no_job(ready: Settings, x: Running) -> None:
    run_once(ready)
    assert (x.admin.requests(), read_events(ready)) == ([], [])


def test_a_dry_run_asks_for_nothing(ready: Settings, x: Running) -> None:
    store_tweets(ready, deleted_tweet(x))
    run_once(ready, dry_run=True)
    assert x.admin.requests() == []


def test_without_a_token_it_names_the_variable(ready: Settings) -> None:
    with pytest.raises(MissingPrerequisite, match="BRANDPULSE_X_BEARER_TOKEN"):
        run_once(ready.model_copy(update={"secrets": Secrets()}))


def test_a_wrong_token_ends_it(ready: Settings, x: Running) -> None:
    store_tweets(ready, deleted_tweet(x))
    wrong = Secrets.model_validate({"x_bearer_token": "wrong"})
    with pytest.raises(CredentialsRejected):
        run_once(ready.model_copy(update={"secrets": wrong}))


def test_a_second_one_is_refused(ready: Settings) -> None:
    with collector_lock(ready, collect_compliance_jobs.LOCK), pytest.raises(TableLocked):
        run_once(ready)
