"""Search and mentions against the emulator and a real broker: everything once, also after a stop."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from conf.settings import Secrets, Settings
from pipelines.collection import collect_search
from pipelines.sources.collector.gap_ledger import read_gaps
from pipelines.sources.collector.state import read_states
from pipelines.sources.collector.store import Store
from runtime.errors import BudgetExhausted, MissingPrerequisite, RulesRejected
from stack.x_emulator.local import Running
from tests.collecting import collecting, records, some_options, wait_for
from tests.x_emulator import an_emulator

SPEED = 100
ACCOUNT = {"id": "555", "username": "FlySkyvarn", "name": "Skyvarn"}
MENTION = {"start": 0, "end": 11, "username": "FlySkyvarn", "id": "555"}


@pytest.fixture
def x() -> Iterator[Running]:
    with an_emulator(speed=SPEED, search_delay_seconds=30.0) as running:
        yield running


@pytest.fixture
def ready(settings: Settings, x: Running) -> Settings:
    quick = {"clock_speed": float(SPEED)}
    return collecting(settings, x, collect_stream=quick, collect_search={"poll_seconds": 600.0})


def post(x: Running, text: str = "Skyvarn lost my bag", **data: Any) -> str:
    return x.admin.post(text, lang="en", **data)


def mention(x: Running, number: int) -> str:
    return post(x, f"@FlySkyvarn hello {number}", entities={"mentions": [MENTION]}, includes={"users": [ACCOUNT]})


def found(settings: Settings) -> Counter[str]:
    """How often each tweet is in the topic."""
    return Counter(json.loads(value)["data"]["id"] for _, value, _ in records(settings))


def test_search_brings_each_post_once_over_several_polls(ready: Settings, x: Running) -> None:
    ready = ready.model_copy(update={"collect_search": ready.collect_search.model_copy(update={"poll_seconds": 100.0})})
    stop = threading.Event()
    thread = threading.Thread(target=collect_search.run_search, args=(ready, some_options(full=False), stop))
    thread.start()
    try:
        wait_for(lambda: any(each["endpoint"] == "search" for each in x.admin.requests()), what="the first poll")
        ids = [post(x) for _ in range(120)]
        wait_for(lambda: len(found(ready)) == 120)
        ids += [post(x) for _ in range(30)]
        wait_for(lambda: len(found(ready)) == 150)
    finally:
        stop.set()
        thread.join(6)
    assert not thread.is_alive()
    assert found(ready) == Counter(ids)
    (headers,) = {tuple(sorted(headers.items()))[2:] for _, _, headers in records(ready)}
    assert dict(headers) == {"rules": "brand:skyvarn:names", "source": "x:search"}


def test_a_later_run_goes_on_where_the_last_one_ended(ready: Settings, x: Running) -> None:
    first = post(x)
    x.admin.advance(60)
    collect_search.run_search(ready, some_options(once=True))
    second = post(x)
    x.admin.advance(60)
    for _ in range(2):
        collect_search.run_search(ready, some_options(once=True))
    assert found(ready) == Counter([first, second])


def test_a_dry_run_asks_for_nothing(ready: Settings, x: Running) -> None:
    collect_search.run_search(ready, some_options(once=True, dry_run=True))
    assert x.admin.requests() == []


def test_what_is_older_than_search_knows_is_in_the_ledger(ready: Settings, x: Running) -> None:
    collect_search.run_search(ready, some_options(once=True))
    x.admin.advance(8 * 86_400)
    fresh = post(x)
    x.admin.advance(60)
    collect_search.run_search(ready, some_options(once=True))
    store = Store(ready)
    lost = [gap for gap in read_gaps(store) if gap.source.startswith("x:search:brand:skyvarn:names")]
    store.close()
    assert [gap.reason for gap in lost] == ["older than X's search covers"]
    assert set(found(ready)) == {fresh}


def test_mentions_bring_each_post_once_with_the_brand(ready: Settings, x: Running) -> None:
    ids = [mention(x, number) for number in range(130)]
    post(x)
    collect_search.run_mentions(ready, some_options(once=True, brand="skyvarn"))
    ids.append(mention(x, 130))
    collect_search.run_mentions(ready, some_options(once=True))
    assert found(ready) == Counter(ids)
    assert {headers["rules"] for _, _, headers in records(ready)} == {"brand:skyvarn:mentions"}


def test_reads_are_billed_at_their_own_price(ready: Settings, x: Running) -> None:
    mention(x, 1)
    collect_search.run_mentions(ready, some_options(once=True))
    store = Store(ready)
    rows = [(row["source"], row["reads"], row["cost"]) for row in store.rows("SELECT * FROM reads")]
    states = [(state.source, state.received, state.delivered) for state in read_states(store)]
    store.close()
    assert states == [("x:mentions", 1, 1)]
    assert rows == [("x:mentions", 1, ready.budget.price_per_mention)]


def test_an_account_that_x_does_not_know_is_named(ready: Settings) -> None:
    with pytest.raises(RulesRejected, match=r"conf/brands/skyvarn.yaml: handle: X knows no account FlySkyvarn"):
        collect_search.run_mentions(ready, some_options(once=True))


def test_a_spent_budget_ends_the_search(ready: Settings, x: Running) -> None:
    for _ in range(10):
        post(x)
    x.admin.advance(60)
    poor = ready.model_copy(update={"x": ready.x.model_copy(update={"monthly_reads": 10})})
    collect_search.run_search(poor, some_options(once=True))
    with pytest.raises(BudgetExhausted, match="posts were read in"):
        collect_search.run_search(poor, some_options(once=True))


def test_without_a_token_it_names_the_variable(ready: Settings) -> None:
    with pytest.raises(MissingPrerequisite, match="BRANDPULSE_X_BEARER_TOKEN"):
        collect_search.run_search(ready.model_copy(update={"secrets": Secrets()}), some_options(once=True))
