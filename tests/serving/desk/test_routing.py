"""Rules, priorities and their versions; what can never take a ticket is an error."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from conf.brand.desk import Desk
from conf.brand.files import Brand, parse_brand, read_brands
from conf.brand.phrases import has_phrase, own_category
from conf.brand.routing_faults import find_faults
from runtime.errors import UsageError
from tests.serving.desk.candidates import a_candidate
from tests.serving.desk.conftest import TakeIn

RULES = """
desk:
  teams: {care: {}, baggage: {}, managers: {}}
  rules:
    - {name: danger, words: [injured, my lawyer], team: managers, at_least: P1}
    - {name: lost bags, categories: [lost_or_damaged], languages: [en], team: baggage}
    - {name: known people, min_followers: 5000, team: managers, impact: high}
    - {name: French, languages: [fr], regions: [FR], team: managers}
    - {name: miles, products: [Varnmiles], team: managers}
"""


def decide(**given: Any) -> Any:
    from serving.desk.routing import Facts, Routing
    from serving.desk.routing import decide as decided

    brand = parse_brand(RULES, "rules.yaml")
    known: dict[str, Any] = {"category": "delay", "lang": "en", "region": "", "text": "late", "followers_count": 1}
    facts = Facts(**(known | {"sentiment_score": 0.5, "has_problem": False} | given))
    return decided(Routing("acme", 0, brand, brand.desk), facts)


@pytest.mark.parametrize(
    ("given", "team", "rule", "priority"),
    [
        ({}, "care", "", "P4"),
        ({"text": "I will call My Lawyer."}, "managers", "danger", "P1"),
        ({"text": "my lawyers"}, "care", "", "P4"),
        ({"category": "lost_or_damaged"}, "baggage", "lost bags", "P4"),
        ({"category": "lost_or_damaged", "lang": "fr"}, "care", "", "P4"),
        ({"category": "lost_or_damaged", "text": "injured"}, "managers", "danger", "P1"),
        ({"followers_count": 5000}, "managers", "known people", "P3"),
        ({"followers_count": 5000, "sentiment_score": 0.0}, "managers", "known people", "P1"),
        ({"lang": "fr", "region": "FR"}, "managers", "French", "P4"),
        ({"lang": "fr", "region": "BE"}, "care", "", "P4"),
        ({"text": "where are my varnmiles?"}, "managers", "miles", "P4"),
        ({"sentiment_score": 0.2}, "care", "", "P4"),
        ({"sentiment_score": 0.05}, "care", "", "P3"),
        ({"sentiment_score": 0.05, "has_problem": True}, "care", "", "P2"),
        ({"sentiment_score": None}, "care", "", "P4"),
    ],
)
def test_the_first_rule_that_matches_takes_the_ticket(
    django: None, given: dict[str, Any], team: str, rule: str, priority: str
) -> None:
    found = decide(**given)
    assert (found.team, found.rule, found.priority) == (team, rule, priority)


BRAND = Brand(languages=("en", "fr"), products=("Varnmiles",))


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ([{"categories": ["wings"]}], "rule r0 is unreachable: categories wings: the brand has"),
        ([{"languages": ["de"]}], "rule r0 is unreachable: languages de: the brand has en, fr"),
        ([{"products": ["Ovenmiles"]}], "rule r0 is unreachable: products Ovenmiles: the brand has Varnmiles"),
        ([{}, {"words": ["fire"]}], "rule r1 is shadowed: r0 takes every ticket"),
        ([{"words": ["fire", "smoke"]}, {"words": ["smoke on board"]}], "rule r1 is shadowed: r0 takes"),
        ([{"min_followers": 10}, {"min_followers": 20, "languages": ["en"]}], "rule r1 is shadowed: r0 takes"),
        ([{"languages": ["en"]}, {"languages": ["fr"]}, {"words": ["fire"]}], "r2 is shadowed: r0 and r1 take"),
        ([{"categories": ["delay", "other"]}, {"categories": ["delay"]}], "rule r1 is shadowed: r0 takes"),
    ],
)
def test_a_rule_that_can_never_take_a_ticket_is_found(rules: list[dict[str, Any]], sentence: str) -> None:
    (fault,) = find_faults(BRAND, desk_of(rules))
    assert sentence in fault


@pytest.mark.parametrize(
    "rules",
    [
        [{"words": ["fire"]}, {}],
        [{"words": ["smoke on board"]}, {"words": ["smoke"]}],
        [{"min_followers": 20}, {"min_followers": 10}],
        [{"languages": ["en"]}, {"words": ["fire"]}],
        [{"languages": ["en"], "words": ["a fire"]}, {"languages": ["fr"]}, {"words": ["fire"]}],
        [{"languages": ["en", "de"]}, {"categories": ["delay"]}],
    ],
)
def test_a_rule_that_something_is_left_for_is_no_fault(rules: list[dict[str, Any]]) -> None:
    assert find_faults(BRAND, desk_of(rules)) == []


def desk_of(rules: list[dict[str, Any]]) -> Desk:
    named = [{"name": f"r{number}", "team": "care"} | rule for number, rule in enumerate(rules)]
    return Desk.model_validate({"teams": {"care": {}}, "rules": named})


def test_the_brands_that_we_ship_have_no_such_rule() -> None:
    assert [find_faults(brand, brand.desk) for brand in read_brands().values()] == [[]] * len(read_brands())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("desk: {default_team: nobody}", "desk: default_team: there is no team nobody; the teams are customer care"),
        ("desk: {teams: {a: {escalates_to: b}}}", "team a: escalates_to: there is no team b"),
        ("desk: {teams: {a: {hours: {opens: '9:00'}}}}", "'9:00' is not a time of day such as 08:30"),
        ("desk: {teams: {a: {hours: {opens: 10:00}}}}", 'write a time of day in quotes, such as "08:30"'),
        ("desk: {teams: {a: {hours: {opens: '09:00', closes: '08:00'}}}}", "opens at 09:00, which is not before"),
        ("desk: {teams: {a: {hours: {zone: Mars}}}}", "'Mars' is not a time zone"),
        ("desk: {teams: {a: {}}, rules: [{name: x, team: a}, {name: x, team: a}]}", "x: the name of more than one"),
    ],
)
def test_a_wrong_key_of_the_file_is_named(text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        parse_brand(text, "conf/brands/acme.yaml")


def test_a_phrase_is_whole_words_without_regard_to_case() -> None:
    assert has_phrase("They LOST\nmy bag", ["lost my bag"])
    assert not has_phrase("frosty", ["frost"])
    assert own_category("billing", "a refund, please", read_brands()["skyvarn"].categories) == "refunds"
    assert own_category("delay", "late", read_brands()["skyvarn"].categories) == "disruption"


def test_a_saved_version_applies_from_then_on_and_the_old_one_stays(take_in: TakeIn) -> None:
    from serving.desk.models import RoutingVersion, Ticket
    from serving.desk.routing import read_routing, save_routing

    take_in(a_candidate(1, 1))
    save_routing("skyvarn", {"teams": {"bags": {}}, "rules": [{"name": "all", "team": "bags"}]}, comment="bags only")
    save_routing("skyvarn", {"teams": {"crew": {}}})
    take_in(a_candidate(2, 2))
    found = Ticket.objects.order_by("id").values_list("routing_version", "team")
    assert list(found) == [(0, "baggage"), (2, "crew")]
    assert read_routing("skyvarn").version == 2 == RoutingVersion.objects.count()
    both = [{"name": "a", "team": "t"}, {"name": "b", "team": "t"}]
    with pytest.raises(UsageError, match=r"routing of skyvarn: rule b is shadowed"):
        save_routing("skyvarn", {"teams": {"t": {}}, "rules": both})
    with pytest.raises(UsageError, match=r"routing of skyvarn: teams"):
        save_routing("skyvarn", {"teams": {}})


def test_the_command_shows_what_would_take_the_last_tickets(
    take_in: TakeIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take_in(a_candidate(1, 1), a_candidate(2, 2, text="my lawyer"))
    file = tmp_path / "desk.yaml"
    file.write_text("{teams: {care: {}, law: {}}, rules: [{name: law, words: [lawyer], team: law, at_least: P1}]}")
    call_command("test_routing", "skyvarn", "--file", str(file))
    printed = capsys.readouterr().out
    assert "P1 law" in printed and printed.count("       1  ") == 2
    file.write_text("{teams: {a: {}}, rules: [{name: x, team: a}, {name: y, team: a}]}")
    with pytest.raises(UsageError, match="rule y is shadowed: x takes"):
        call_command("test_routing", "skyvarn", "--file", str(file))
    file.write_bytes(b"default_team: caf\xe9")
    with pytest.raises(UsageError, match="is not UTF-8"):
        call_command("test_routing", "skyvarn", "--file", str(file))
    with pytest.raises(UsageError, match="--last -1: at least 1"):
        call_command("test_routing", "skyvarn", "--last", "-1")
