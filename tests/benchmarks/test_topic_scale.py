"""The growth of the assignment, and the tweets that it is measured on."""

import pytest
from pyspark.sql import SparkSession

from benchmarks.insights_scale import tweets
from benchmarks.topic_scale import growth, text_column
from benchmarks.topic_weeks import COMMON, SUBJECTS


def test_ten_times_the_tweets_are_compared_with_ten_times_the_seconds() -> None:
    assert growth({100: {"seconds": 2.0}, 1000: {"seconds": 18.0}}) == pytest.approx(9.0)
    assert growth({100: {"seconds": 2.0}, 200: {"seconds": 4.0}}) == pytest.approx(10.0)
    assert growth({100: {"seconds": 2.0}}) is None


def test_a_text_has_four_words_of_one_subject_and_two_common_ones(spark: SparkSession) -> None:
    rows = tweets(spark, 10, 0, 40).select(text_column().alias("text")).collect()
    assert len({row["text"] for row in rows}) > 30
    for row in rows:
        mention, *words = row["text"].split()
        assert mention == "@user"
        assert set(words[4:]) <= set(COMMON)
        assert any(set(words[:4]) <= set(subject.split()) for subject in SUBJECTS)
