"""The measurement of the cleaning rules: what is planted, what is right by chance, and how a rule is judged."""

from datetime import timedelta

import pytest
from pyspark.sql import SparkSession

from benchmarks.cleaning import NOON, judge, measure, plant, repeated, tweet_of
from models.topics.cleaning import REASONS


def test_every_rule_is_planted_and_judged(spark: SparkSession) -> None:
    planted = plant(each=8, ordinary=60)
    figures = measure(planted, judge(spark, planted.rows))
    assert list(figures) == list(REASONS)
    assert all(found["planted"] >= 8 for found in figures.values())
    exact = ("language", "off_brand", "bot_burst", "retweet", "copy", "near_duplicate")
    assert {reason: figures[reason]["precision"] for reason in exact} == dict.fromkeys(exact, 1.0)
    assert {reason: figures[reason]["recall"] for reason in exact} == dict.fromkeys(exact, 1.0)
    assert figures["promotion"]["precision"] < 1, "the look-alikes are hard"


def test_a_rule_that_flags_others_is_less_precise() -> None:
    planted = plant(each=4, ordinary=0)
    right = {tweet_id: set(reasons) for tweet_id, reasons in planted.truth.items()}
    assert measure(planted, right)["giveaway"]["precision"] == 1
    wrong = {tweet_id: {"giveaway"} for tweet_id in right}
    found = measure(planted, wrong)["giveaway"]
    assert (found["precision"], found["recall"]) == (pytest.approx(4 / len(right)), 1.0)


def test_what_is_repeated_by_chance_is_known() -> None:
    texts = ("one two three four five", "One two three four five", "one two three four five six", "something else here")
    rows = [
        tweet_of(
            {"tweet_id": str(place), "author_key": "a", "text": text, "created_at": NOON + timedelta(minutes=place)}
        )
        for place, text in enumerate([*texts, texts[0]])
    ]
    assert repeated(rows) == {"copy": {"4"}, "near_duplicate": {"1", "2", "4"}}
