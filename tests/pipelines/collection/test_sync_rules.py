"""The brands' rules against X's: what is added, deleted, unchanged and left alone, and in which order."""

import logging
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
import tweepy
from rich.console import Console

from conf.brand.files import Brand, read_brands
from conf.brand.rules import Rule
from conf.command_line import Options
from pipelines.collection import sync_rules
from pipelines.collection.sync_rules import Plan, plan_changes, plan_table, sum_posts
from pipelines.sources.x.clients import open_stream
from pipelines.sources.x.rules import StoredRule, read_rules
from runtime.errors import BudgetExhausted, CredentialsRejected, RulesRejected, UsageError
from stack.x_emulator.local import Running
from tests.x_emulator import an_emulator, settings_for

ACME = Brand.model_validate({"handle": "Acme", "names": ["Acme Air"], "languages": ["en"]})


def a_rule(value: str, tag: str = "brand:acme:names") -> Rule:
    return Rule(value, tag, places=("names.0",))


def stored(number: int, value: str, tag: str = "brand:acme:names") -> StoredRule:
    return StoredRule(str(number), value, tag)


def test_what_is_missing_is_added_what_nobody_wants_is_deleted_and_the_rest_is_kept() -> None:
    plan = plan_changes([a_rule("a"), a_rule("b")], [stored(1, "b"), stored(2, "c")], 10)
    assert plan == Plan((a_rule("a"),), (a_rule("b"),), (stored(2, "c"),), (), (), 8)


def test_a_rule_whose_text_or_tag_changed_is_another_rule() -> None:
    wanted = [a_rule("a", "brand:acme:products")]
    plan = plan_changes(wanted, [stored(1, "a")], 10)
    assert (plan.add, plan.delete, plan.delete_first) == ((wanted[0],), (stored(1, "a"),), (stored(1, "a"),))


def test_rules_without_our_mark_are_left_alone() -> None:
    others = [stored(1, "a", ""), stored(2, "b", "topic:x"), stored(3, "c", "brands")]
    plan = plan_changes([], [*others, stored(4, "d", "brand:acme"), stored(5, "e", "brand:gone:names")], 10)
    assert plan.foreign == tuple(others)
    assert [rule.id for rule in plan.delete] == ["4", "5"]


def test_one_brand_alone_leaves_the_other_brands_alone() -> None:
    present = [stored(1, "a", "brand:acme"), stored(2, "b", "brand:acme2:names"), stored(3, "c", "brand:globex:names")]
    plan = plan_changes([], present, 10, "acme")
    assert [rule.id for rule in plan.delete] == ["1"]


def test_a_rule_that_x_holds_twice_is_kept_once() -> None:
    plan = plan_changes([a_rule("a")], [stored(1, "a"), stored(2, "a")], 10)
    assert [rule.id for rule in plan.delete] == ["2"]


def test_without_room_for_both_the_old_rules_go_first() -> None:
    plan = plan_changes([a_rule("a"), a_rule("b")], [stored(1, "c"), stored(2, "d")], 3)
    assert plan.delete_first == plan.delete
    assert plan.room == 1


def test_a_rule_of_others_with_the_same_text_is_refused_with_the_place() -> None:
    with pytest.raises(RulesRejected, match=r"conf/brands/acme.yaml: names.0: X already has this text as rule 7"):
        plan_changes([a_rule("a")], [stored(7, "a", "topic:x")], 10)


def test_more_rules_than_there_is_room_beside_those_of_others_are_refused() -> None:
    with pytest.raises(RulesRejected, match=r"2 rules of the brands and 2 that are not ours .*x.max_rules \(3\)"):
        plan_changes([a_rule("a"), a_rule("b")], [stored(1, "x", ""), stored(2, "y", "")], 3)


def test_the_table_shows_each_rule_with_its_price_and_takes_brackets_literally() -> None:
    place = a_rule("point_radius:[-0.1 51.5 9mi]")
    plan = plan_changes([place, a_rule("b")], [stored(1, "b"), stored(2, "c"), stored(3, "x", "topic:x")], 10)
    console = Console(file=StringIO(), width=140)
    console.print(plan_table(plan, {place.value: 12_000}, 0.005))
    output = console.file.getvalue() if isinstance(console.file, StringIO) else ""
    for line in (
        r"add .* brand:acme:names .* point_radius:\[-0.1 51.5 9mi\] .* 12,000 .* 60.00",
        r"keep .* b .* \? .* \?",
        r"delete .* c ",
        r"not ours .* topic:x .* x ",
    ):
        assert re.search(line, output), (line, output)


def test_posts_are_summed_by_brand_as_far_as_they_are_known() -> None:
    rules = [a_rule("a"), a_rule("b"), a_rule("c", "brand:globex:names"), a_rule("d", "brand:none:names")]
    assert sum_posts(rules, {"a": 5, "b": None, "c": 2}) == {"acme": 5, "globex": 2, "none": 0}


@pytest.fixture
def x() -> Iterator[Running]:
    before = logging.getLogRecordFactory()
    with an_emulator() as running:
        yield running
    logging.setLogRecordFactory(before)


class Sync:
    """Runs the hop against the emulator and returns the rules in X."""

    def __init__(self, x: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        self.x, self._monkeypatch = x, monkeypatch
        self.output = StringIO()

    def __call__(
        self, brands: Mapping[str, Brand], brand: str | None = None, dry_run: bool = False, **x: Any
    ) -> list[tuple[str, str]]:
        settings = settings_for(self.x, self._monkeypatch, **x)
        options = Options(None, brand, datetime.now(UTC), 1, dry_run, full=False)
        sync_rules.run(settings, options, Console(file=self.output, width=200), brands)
        return self.rules_in_x()

    def rules_in_x(self) -> list[tuple[str, str]]:
        return sorted((rule.tag, rule.value) for rule in read_rules(self.client(), 0))

    def client(self) -> tweepy.StreamingClient:
        client: tweepy.StreamingClient = open_stream(settings_for(self.x, self._monkeypatch))
        return client

    def changes(self) -> int:
        return sum(row["method"] == "POST" and row["path"].endswith("/rules") for row in self.x.admin.requests())


@pytest.fixture
def sync(x: Running, monkeypatch: pytest.MonkeyPatch) -> Sync:
    return Sync(x, monkeypatch)


def test_the_rules_of_every_brand_come_to_x_and_a_second_run_changes_nothing(
    sync: Sync, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "brandpulse")
    synced = sync({"acme": ACME, "globex": Brand(names=("Globex",))})
    assert synced == [
        ("brand:acme:handle", "(@Acme OR from:Acme OR to:Acme) lang:en"),
        ("brand:acme:names", '"Acme Air" lang:en'),
        ("brand:globex:names", "Globex"),
    ]
    changes = sync.changes()
    assert sync({"acme": ACME, "globex": Brand(names=("Globex",))}) == synced
    assert sync.changes() == changes
    assert "0 rules added, 0 deleted, 3 unchanged; 0 of other programs left alone" in caplog.messages


def test_the_brands_that_ship_are_accepted_by_x(sync: Sync) -> None:
    assert {tag.split(":")[2] for tag, _ in sync(read_brands())} >= {"handle", "names", "products", "competitors"}


def test_a_changed_brand_changes_its_rules_alone_and_others_stay(sync: Sync) -> None:
    sync.client().add_rules([tweepy.StreamRule("cats", "topic:cats"), tweepy.StreamRule("dogs")])
    sync({"acme": ACME, "globex": Brand(names=("Globex",))})
    assert sync({"acme": Brand(names=("Acme",))}) == [
        ("", "dogs"),
        ("brand:acme:names", "Acme"),
        ("topic:cats", "cats"),
    ]


def test_one_brand_can_be_synchronised_alone(sync: Sync) -> None:
    brands = {"acme": ACME, "globex": Brand(names=("Globex",))}
    assert {tag for tag, _ in sync(brands, "globex")} == {"brand:globex:names"}
    assert len(sync(brands, "acme")) == 3
    with pytest.raises(UsageError, match=r"--brand initech: there is no conf/brands/initech.yaml"):
        sync(brands, "initech")


def test_a_rule_that_only_changes_its_tag_is_replaced(sync: Sync) -> None:
    sync({"acme": Brand(names=("Acme", "Roadrunner"))})
    assert sync({"acme": Brand(keywords=("Acme OR Roadrunner",))}) == [("brand:acme:keywords", "Acme OR Roadrunner")]


def test_where_there_is_no_room_for_both_the_old_rules_go_first(sync: Sync) -> None:
    old = {f"a{number}": Brand(names=(f"old{number}",)) for number in range(1000)}
    assert len(sync(old)) == 1000
    new = {f"a{number}": Brand(names=(f"new{number}",)) for number in range(1000)}
    assert {value for _, value in sync(new)} == {f"new{number}" for number in range(1000)}


def test_a_rule_that_x_refuses_is_named_with_its_place_and_nothing_changes(sync: Sync) -> None:
    sync({"acme": ACME})
    long = Brand(names=("Acme",), keywords=("x" * 1100,))
    with pytest.raises(RulesRejected, match=r"conf/brands/acme.yaml: keywords.0: X rejects the rule 'xxx.*nothing was"):
        sync({"acme": long}, max_rule_characters=2048)
    assert len(sync.rules_in_x()) == 2


def test_a_rule_of_others_with_our_text_stops_it(sync: Sync) -> None:
    sync.client().add_rules([tweepy.StreamRule("Globex", "theirs")])
    with pytest.raises(RulesRejected, match=r"globex.yaml: names.0: X already has this text"):
        sync({"globex": Brand(names=("Globex",))})


def test_a_token_that_is_refused_ends_it(sync: Sync) -> None:
    sync.x.admin.fault("unauthorized", "*")
    with pytest.raises(CredentialsRejected):
        sync({"acme": ACME})


def test_a_dry_run_shows_volume_and_cost_and_changes_nothing(sync: Sync) -> None:
    for number in range(7):
        sync.x.admin.post(f"Acme Air is late {number}", lang="en")
    sync.x.admin.post("@Acme hello", lang="en", entities={"mentions": [{"start": 0, "end": 5, "username": "Acme"}]})
    sync.x.admin.advance(60)
    brands = {"acme": ACME, "globex": Brand(keywords=("globex bio:pilot",))}
    assert sync(brands, dry_run=True, price_per_read=0.5, monthly_reads=350) == []
    output = sync.output.getvalue()
    assert re.search(r'add .*brand:acme:names .*"Acme Air" lang:en .* 30 .* 15.00', output), output
    assert re.search(r"add .*brand:acme:handle .* 4 .* 2.00", output), output
    assert re.search(r"brand:globex:keywords .* \? .* \?", output), output
    assert "acme: 34 posts, 17.00 USD per month" in output
    assert "total: 34 posts, 17.00 USD per month, 9.7% of the 350 reads of x.monthly_reads" in output
    assert "1 rules could not be counted" in output


def test_a_rule_that_is_too_long_for_a_query_is_counted_in_parts(sync: Sync) -> None:
    names = tuple(f"name{number:03}" for number in range(100))
    for name in (names[0], names[50], names[99]):
        sync.x.admin.post(f"about {name}")
    sync.x.admin.advance(60)
    sync({"acme": Brand(names=names)}, dry_run=True)
    assert "acme: 13 posts" in sync.output.getvalue()


def test_a_query_that_x_does_not_take_is_not_counted_and_the_rest_is(sync: Sync) -> None:
    sync.x.admin.post("about globex")
    sync.x.admin.advance(60)
    names = tuple(f"name{number:03}" for number in range(100))
    sync({"acme": Brand(names=names), "globex": Brand(names=("Globex",))}, dry_run=True, max_query_characters=4096)
    assert "globex: 4 posts" in sync.output.getvalue()
    assert "1 rules could not be counted" in sync.output.getvalue()


def test_a_cap_that_is_used_up_ends_the_dry_run(sync: Sync) -> None:
    sync.x.admin.fault("usage_capped", "counts")
    with pytest.raises(BudgetExhausted):
        sync({"acme": ACME}, dry_run=True)


def test_counting_stops_at_xs_limit_and_says_so(sync: Sync, caplog: pytest.LogCaptureFixture) -> None:
    sync.x.admin.fault("rate_limited", "counts")
    sync({"acme": ACME}, dry_run=True)
    assert "2 rules could not be counted" in sync.output.getvalue()
    assert any("some rules are not counted: X's rate limit" in message for message in caplog.messages)


def test_more_rules_than_one_page_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    brands = {f"a{number}": Brand(names=(f"n{number}",)) for number in range(1100)}
    with an_emulator(tier="enterprise") as large:
        assert len(Sync(large, monkeypatch)(brands, max_rules=5000)) == 1100
