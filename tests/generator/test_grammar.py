"""Phrases with choices."""

from random import Random

import pytest

from generator.grammar import parse, say, tables
from generator.scenario import CATEGORIES, INDUSTRIES
from generator.slots import Slot


def _said(phrase: str, **slots: str) -> set[str]:
    return {say(parse(phrase), Random(seed), {"pet": [parse("cat"), parse("dog")]}, slots) for seed in range(60)}


def test_a_choice_says_one_of_its_options() -> None:
    assert _said("[red|blue|] hat") == {"red hat", "blue hat", " hat"}


def test_choices_nest() -> None:
    assert _said("[a [b|c]|d]") == {"a b", "a c", "d"}


def test_slots_come_from_the_moment_or_from_a_table() -> None:
    assert _said("{name} has a {pet}", name="Otter") == {"Otter has a cat", "Otter has a dog"}


@pytest.mark.parametrize("phrase", ["[a|b", "a]", "{oops"])
def test_a_phrase_with_a_loose_bracket_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="phrase"):
        parse(phrase)


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_every_industry_has_phrases_for_every_category_and_mood(industry: str) -> None:
    known = tables("common", industry)
    moods = ("question", "news", "joke", "sarcasm", "promo", "offer", "incident", "chat")
    for name in (*moods, *(f"complaint.{category}" for category in CATEGORIES)):
        assert known[name]


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_every_phrase_can_be_said(industry: str) -> None:
    known = tables("common", industry)
    moment: dict[str, Slot | str] = {"brand": "Otterly", "city": "Leeds", "cause": "the rain"}
    for phrases in known.values():
        for phrase in phrases:
            for seed in range(12):
                assert "{" not in say(phrase, Random(seed), known, moment)
