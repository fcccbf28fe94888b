"""The Enterprise compliance streams against the emulator and a real broker: every event, also those of a disconnect."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from conf.settings import Secrets, Settings
from pipelines.collection import collect_compliance_stream
from runtime.errors import CredentialsRejected, MissingPrerequisite, UsageError
from runtime.threads import Workers
from stack.x_emulator.local import Running
from tests.collecting import collecting, some_options, wait_for
from tests.complying import read_events
from tests.x_emulator import an_emulator

SPEED = 20


@pytest.fixture
def x() -> Iterator[Running]:
    with an_emulator(speed=SPEED, tier="enterprise") as running:
        yield running


@pytest.fixture
def ready(settings: Settings, x: Running) -> Settings:
    return collecting(settings, x, collect_compliance={"streams": ["tweets", "users"]})


@contextmanager
def a_collector(settings: Settings, x: Running) -> Iterator[None]:
    """Collect while the block runs; all eight partitions are open when it begins."""
    stop = threading.Event()
    workers = Workers(stop)
    thread = workers.start(lambda: collect_compliance_stream.run(settings, some_options(), stop))
    try:
        wait_for(lambda: workers.errors or x.admin.state()["open"] == 8)
        yield
    finally:
        stop.set()
        thread.join(6)
    assert not thread.is_alive()
    assert workers.errors == []


def subjects(settings: Settings) -> Counter[tuple[str, str]]:
    return Counter((each.name, each.subject) for each in read_events(settings))


def test_events_of_every_partition_and_kind_arrive_as_x_sent_them(ready: Settings, x: Running) -> None:
    about: dict[str, dict[str, Any]] = {
        "withheld": {"author_id": "2", "countries": ["DE"]},
        "tweet_edit": {"edit_tweet_ids": ["404", "405"]},
        "scrub_geo": {"up_to_tweet_id": "9"},
    }
    kinds = ("delete", "drop", "undrop", "withheld", "tweet_edit", "user_protect", "user_unprotect", "user_suspend")
    with a_collector(ready, x):
        sent = [(kind, str(401 + number)) for number, kind in enumerate((*kinds, "scrub_geo", "user_delete"))]
        documents = {kind: x.admin.event(kind, subject, **about.get(kind, {})) for kind, subject in sent}
        wait_for(lambda: subjects(ready) == Counter(sent))
    assert {each.name: {"data": {each.name: each.body}} for each in read_events(ready)} == documents
    assert {each.place[0] for each in read_events(ready)} == {"x:compliance:stream"}
    assert all(each.key == each.subject for each in read_events(ready))


def test_events_of_the_time_between_two_runs_arrive_and_repeats_are_known(ready: Settings, x: Running) -> None:
    with a_collector(ready, x):
        x.admin.event("delete", "501", author_id="2")
        wait_for(lambda: ("delete", "501") in subjects(ready))
    x.admin.event("delete", "502", author_id="2")
    with a_collector(ready, x):
        wait_for(lambda: ("delete", "502") in subjects(ready))
    events = read_events(ready)
    places = {each.subject: {one.place for one in events if one.subject == each.subject} for each in events}
    assert {subject: len(found) for subject, found in places.items()} == {"501": 1, "502": 1}


@pytest.mark.parametrize("fault", ["abort", "clean_close", "disconnect"])
def test_events_of_a_break_arrive(ready: Settings, x: Running, fault: str) -> None:
    with a_collector(ready, x):  # the first break comes before anything was delivered
        x.admin.event("delete", "600", author_id="2")
        x.admin.fault(fault, on="tweets_compliance_stream", times=1)
        for number in range(601, 609):
            x.admin.event("delete", str(number), author_id="2")
        wait_for(lambda: len(subjects(ready)) == 9)
        wait_for(lambda: x.admin.state()["open"] == 8)
    assert len(x.admin.connections()) > 8


def test_without_a_configured_stream_it_says_what_to_do(ready: Settings, x: Running) -> None:
    with pytest.raises(UsageError, match=r"collect_compliance.streams is empty: .* --source jobs"):
        collect_compliance_stream.run(collecting(ready, x, collect_compliance={"streams": []}), some_options())


def test_an_account_without_access_is_told_so(settings: Settings) -> None:
    with an_emulator(speed=SPEED) as self_serve:
        ready = collecting(settings, self_serve, collect_compliance={"streams": ["tweets"]})
        with pytest.raises(CredentialsRejected, match="no access to this part of X's API"):
            collect_compliance_stream.run(ready, some_options())


def test_a_dry_run_checks_the_token_only(ready: Settings, x: Running) -> None:
    collect_compliance_stream.run(ready, some_options(dry_run=True))
    assert x.admin.requests() == []
    with pytest.raises(MissingPrerequisite, match="BRANDPULSE_X_BEARER_TOKEN"):
        collect_compliance_stream.run(ready.model_copy(update={"secrets": Secrets()}), some_options(dry_run=True))
