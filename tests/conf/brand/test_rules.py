"""A brand file becomes rules that X accepts: bound correctly, short enough, in one order, each with its place."""

from typing import Any

import pytest

from conf.brand.files import Brand, read_brands
from conf.brand.language import parse_expression
from conf.brand.rules import PRIORITIES, Limits, Rule, build_all_rules, build_rules, rule_tag, search_queries
from runtime.errors import UsageError

LIMITS = Limits(max_rules=1000, max_rule_characters=1024)


def rules_of(limits: Limits = LIMITS, **keys: Any) -> list[Rule]:
    return build_rules("acme", Brand.model_validate(keys), limits)


def values_of(limits: Limits = LIMITS, **keys: Any) -> list[str]:
    return [rule.value for rule in rules_of(limits, **keys)]


def test_a_handle_is_mentioned_answered_and_heard() -> None:
    assert rules_of(handle="Acme") == [
        Rule(
            "@Acme OR from:Acme OR to:Acme",
            "brand:acme:handle",
            1,
            ("handle",),
            ("@Acme", "from:Acme", "to:Acme"),
        )
    ]


def test_what_stands_behind_a_list_is_bound_to_all_of_it() -> None:
    assert values_of(
        names=["Acme", "Acme Air"], exclusions=['"acme valley"', "is:retweet"], languages=["en", "und"], regions=["gb"]
    ) == ['(Acme OR "Acme Air") -"acme valley" -is:retweet (lang:en OR lang:und) place_country:GB']


def test_one_alternative_needs_no_brackets_and_one_language_neither() -> None:
    assert values_of(names=["Acme"], languages=["en"]) == ["Acme lang:en"]


def test_a_choice_among_keywords_is_one_alternative_each_and_keeps_its_words_together() -> None:
    keywords = ["acme (late OR lost) -ad", "acme refund OR acme voucher"]
    assert values_of(keywords=keywords, languages=["en"]) == [
        "(acme (late OR lost) -ad OR acme refund OR acme voucher) lang:en"
    ]


def test_a_choice_that_is_too_long_is_split_at_its_alternatives() -> None:
    rules = rules_of(Limits(9, 14), keywords=["acme OR (globex late) OR initech"])
    assert [rule.value for rule in rules] == ["acme", "globex late", "initech"]
    assert {rule.places for rule in rules} == {("keywords.0",)}


def test_accents_are_looked_for_with_and_without_but_not_in_scripts_where_they_are_letters() -> None:
    assert values_of(names=["Café Zürich", "がん", "Łódź"]) == [
        '"Café Zürich" OR "Cafe Zurich" OR がん OR Łódź OR Łodz'
    ]


def test_the_same_entry_in_another_case_counts_once() -> None:
    assert values_of(names=["Acme", "ACME", "#acme"]) == ["Acme OR #acme"]


def test_products_and_competitors_are_rules_of_their_own_with_lower_priority() -> None:
    rules = rules_of(names=["Acme"], products=["Acme Miles"], competitors=["@Globex", "Globex"])
    assert [(rule.tag, rule.value, rule.priority) for rule in rules] == [
        ("brand:acme:names", "Acme", 1),
        ("brand:acme:products", '"Acme Miles"', 2),
        ("brand:acme:competitors", "@Globex OR Globex", 3),
    ]


@pytest.mark.parametrize("keys", [{}, {"products": ["Acme Miles"], "competitors": ["Globex"], "languages": ["en"]}])
def test_a_brand_without_handle_names_and_keywords_has_no_rule(keys: dict[str, Any]) -> None:
    assert rules_of(**keys) == []


def test_a_list_that_is_too_long_is_split_in_order_and_nothing_is_lost() -> None:
    names = [f"Acme{number}" for number in range(400)]
    rules = rules_of(names=names, exclusions=["valley"], languages=["en", "fr"])
    assert len(rules) > 3
    assert all(len(rule.value) <= 1024 and rule.value.endswith("-valley (lang:en OR lang:fr)") for rule in rules)
    assert [term for rule in rules for term in rule.terms] == names
    assert [place for rule in rules for place in rule.places] == [f"names.{number}" for number in range(400)]
    assert {rule.tag for rule in rules} == {"brand:acme:names"}


def test_a_rule_may_be_exactly_as_long_as_x_allows() -> None:
    keys = {"names": ["abc", "def"], "languages": ["en"]}
    length = len("(abc OR def) lang:en")
    assert values_of(Limits(9, length), **keys) == ["(abc OR def) lang:en"]
    assert values_of(Limits(9, length - 1), **keys) == ["abc lang:en", "def lang:en"]


def test_an_entry_that_is_too_long_with_what_stands_behind_it_is_named() -> None:
    with pytest.raises(UsageError, match=r"conf/brands/acme.yaml: keywords.1: takes 43 characters with the exclus.*30"):
        rules_of(Limits(9, 30), keywords=["acme", "acme delayed cancelled"], languages=["en", "fr"])


def test_more_rules_than_x_allows_are_refused() -> None:
    with pytest.raises(UsageError, match=r"acme.yaml: 3 rules; x.max_rules allows 2"):
        rules_of(Limits(2, 10), names=["abcdef", "ghijkl", "mnopqr"])
    with pytest.raises(UsageError, match=r"conf/brands: 2 rules; x.max_rules allows 1"):
        build_all_rules({slug: Brand(names=(slug,)) for slug in ("a", "b")}, Limits(1, 100))


def test_what_two_brands_share_is_told_apart_by_brackets() -> None:
    brands = {slug: Brand(names=(slug,), competitors=("Globex",)) for slug in ("b", "a", "c")}
    rules = build_all_rules(brands, LIMITS)
    assert [rule.value for rule in rules if rule.priority == 3] == ["Globex", "(Globex)", "((Globex))"]
    assert [rule.slug for rule in rules] == ["a", "a", "b", "b", "c", "c"]
    with pytest.raises(UsageError, match=r"b.yaml: competitors.0: the same rule as conf/brands/a.yaml: competitors.0"):
        build_all_rules(brands, Limits(9, len("Globex")))


def test_every_rule_is_one_that_may_stand_alone_and_the_files_that_ship_make_some() -> None:
    rules = build_all_rules(read_brands(), LIMITS)
    assert {rule.tag.split(":")[2] for rule in rules} == set(PRIORITIES)
    assert [str(parse_expression(rule.value)) for rule in rules] == [rule.value for rule in rules]
    assert build_all_rules(read_brands(), LIMITS) == rules


def test_a_tag_begins_with_the_brand_and_holds_nothing_that_splits_it() -> None:
    assert rule_tag("acme", "names") == "brand:acme:names"
    assert all(not set(",: ") & set(what) for what in PRIORITIES)


def test_a_rule_is_searched_in_queries_that_fit_and_what_search_cannot_is_told() -> None:
    rule = rules_of(names=["Acme", "Acme Air"], keywords=[], languages=["en"])[0]
    assert search_queries(rule, 512) == ([rule.value], [])
    assert search_queries(rule, 20) == (["Acme lang:en", '"Acme Air" lang:en'], [])
    assert search_queries(rule, 12) == (["Acme lang:en"], ['"Acme Air"'])
    assert search_queries(rules_of(keywords=["acme", "bio:acme"])[0], 512) == (["acme"], ["bio:acme"])
