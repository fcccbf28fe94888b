"""Segments of a generated world through the real profiles and the real segmenter; its inputs and targets."""

from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from benchmarks.harness import REAL_TWEETS
from benchmarks.segments import __main__ as segments
from benchmarks.segments.people import read_people
from benchmarks.segments.recovery import RULES, measure_world, recovery, world_profiles
from benchmarks.segments.worlds import author_key, load_level, read_segments, read_silver
from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from conf.schemas.silver import SILVER_TWEETS
from conf.settings import Settings
from models.segments.fit import fit_segments


def test_the_segments_of_a_small_easy_world_are_found(spark: SparkSession, offline_settings: Settings) -> None:
    found = measure_world(spark, offline_settings, load_level("easy", tweets=12_000, authors=900))
    assert found["segments"] == 5
    assert found["rand_index"] >= 0.8
    assert found["stability"] >= 0.8


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("level", "wanted"), [("easy", 0.8), ("medium", 0.8), ("hard", 0.45)])
def test_the_segments_of_each_level_are_found(
    spark: SparkSession, offline_settings: Settings, level: str, wanted: float
) -> None:
    world = load_level(level)
    profiles = world_profiles(spark, offline_settings, world)
    found = recovery(profiles, fit_segments(profiles, RULES), read_segments(world))
    assert found["rand_index"] >= wanted
    assert found["rand_index_many"] >= found["rand_index"]


def test_a_world_has_a_row_a_tweet_with_the_generators_answers() -> None:
    world = load_level("hard", tweets=300, authors=200)
    rows = [dict(zip(SILVER_TWEETS.names, row, strict=True)) for row in read_silver(world)]
    assert len({row["tweet_id"] for row in rows}) == len(rows) > 200
    assert {row["kind"] for row in rows} == {"tweet", "reply", "quote", "retweet"}
    assert {row["sentiment"]["label"] for row in rows} == {"negative", "neutral", "positive"}
    assert all(row["sentiment"]["label"] == "negative" for row in rows if row["complaint"]["is_complaint"])
    segments = read_segments(world)
    assert len(set(segments.values())) == 5
    assert sum(row["author_key"] in segments for row in rows) > 0.9 * len(rows)


@pytest.mark.parametrize(
    ("figures", "are_wanted"),
    [
        ({}, True),
        ({"largest_share": 0.71}, False),
        ({"smallest_share": 0.009}, False),
        ({"stability": 0.79}, False),
        ({"stability": None, "largest_share": None, "smallest_share": None}, False),
    ],
)
def test_segments_of_people_must_be_stable_and_neither_too_large_nor_too_small(
    figures: dict[str, float | None], are_wanted: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    people = {"authors": 10_000, "largest_share": 0.7, "smallest_share": 0.01, "stability": 0.8} | figures
    (tmp_path / REAL_TWEETS).parent.mkdir()
    (tmp_path / REAL_TWEETS).touch()
    for name, stub in (("build_session", None), ("measure_people", people), ("save", None)):
        monkeypatch.setattr(segments, name, lambda *_, made=stub: made)
    assert segments.main(["--parts", "people", "--data", str(tmp_path)]) == (0 if are_wanted else 1)


def test_other_peoples_tweets_make_one_profile_an_author(tmp_path_factory: pytest.TempPathFactory) -> None:
    tweet = {"author_id": "7", "kind": "tweet", "created_at": "2026-05-04T23:00:00Z", "followers": "16264.0"}
    tweet |= {"user_created_at": "2026-05-01T00:00:00Z", "friends": "3", "statuses": "", "like_count": "4"}
    rows = [tweet, tweet | {"kind": "retweet", "created_at": "2026-05-05T12:00:00Z", "like_count": "900"}]
    path = tmp_path_factory.mktemp("people") / "tweets.csv.gz"
    pd.DataFrame(rows).assign(retweet_count="", reply_count="", quote_count="").to_csv(path, index=False)
    (row,) = (dict(zip(GOLD_AUTHOR_PROFILES.names, each, strict=True)) for each in read_people(path))
    assert (row["author_key"], row["tweet_count"], row["followers_count"]) == (author_key("7"), 2, 16264)
    assert (row["retweet_share"], row["night_share"], row["engagement_per_tweet"]) == (0.5, 0.5, 4.0)
    assert (row["account_age_days"], row["account_tweet_count"]) == (4, None)
