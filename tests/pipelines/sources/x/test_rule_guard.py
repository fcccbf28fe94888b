"""Rules of low priority are removed from X while reads run short, and restored afterwards."""

import re
from collections.abc import Iterator
from io import StringIO

import pytest
import tweepy
from rich.console import Console

from conf.brand.files import read_brands
from conf.brand.rules import Limits, build_all_rules
from conf.settings import Settings
from pipelines.collection import sync_rules
from pipelines.sources.collector.store import Store
from pipelines.sources.x.clients import open_stream
from pipelines.sources.x.rule_guard import RuleGuard
from pipelines.sources.x.rules import add_rules, read_rules
from stack.x_emulator.local import Running
from tests.collecting import collecting, some_options
from tests.x_emulator import an_emulator

FOREIGN = "somebody elses rule"


@pytest.fixture
def x() -> Iterator[Running]:
    with an_emulator() as running:
        yield running


@pytest.fixture
def ready(offline_settings: Settings, x: Running) -> Settings:
    """Settings of an X with the brands' rules and one of another program."""
    settings = collecting(offline_settings, x)
    client: tweepy.StreamingClient = open_stream(settings)
    add_rules(client, build_all_rules(read_brands(), Limits(1000, 1024)))
    client.add_rules(tweepy.StreamRule(value=FOREIGN))
    return settings


def kinds(settings: Settings) -> set[str]:
    """The rules in X."""
    client: tweepy.StreamingClient = open_stream(settings)
    return {rule.tag.rpartition(":")[2] or rule.value for rule in read_rules(client, 1)}


def test_levels_take_rules_out_by_priority_and_put_them_back(ready: Settings) -> None:
    store = Store(ready)
    whole = {"handle", "names", "keywords", "products", "competitors", FOREIGN}
    steps = [(0, whole), (1, whole - {"competitors"}), (2, whole - {"competitors", "products"}), (0, whole)]
    for level, expected in steps:
        RuleGuard(ready, store).apply(level)  # a new one each time: what is off is known after a restart
        assert kinds(ready) == expected
    store.close()


def test_rules_that_a_person_took_out_stay_out(ready: Settings) -> None:
    store, guard = Store(ready), RuleGuard(ready, Store(ready))
    client: tweepy.StreamingClient = open_stream(ready)
    client.delete_rules([rule.id for rule in read_rules(client, 1) if rule.tag.endswith((":products", ":handle"))])
    for level in (2, 0):
        guard.apply(level)
    store.close()
    assert kinds(ready) == {"names", "keywords", "competitors", FOREIGN}


def test_a_synchronisation_leaves_out_what_is_switched_off(ready: Settings) -> None:
    store, screen = Store(ready), StringIO()
    guard = RuleGuard(ready, store)
    guard.apply(1)
    without = {"handle", "names", "keywords", "products", FOREIGN}
    sync_rules.run(ready, some_options(), Console(file=screen))
    assert kinds(ready) == without
    sync_rules.run(ready, some_options(dry_run=True), Console(file=screen, width=200))
    assert re.search(r"off \(read budget\) .* brand:skyvarn:competitors", screen.getvalue())
    guard.apply(0)
    store.close()
    assert kinds(ready) == without | {"competitors"}


def test_with_enough_left_x_is_not_even_asked(ready: Settings, x: Running) -> None:
    store = Store(ready)
    before = len(x.admin.requests())
    RuleGuard(ready, store).apply(0)
    store.close()
    assert len(x.admin.requests()) == before
