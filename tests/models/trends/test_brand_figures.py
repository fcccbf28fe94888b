"""Figures of a brand per window: each author counts once; small windows show nothing, and neither do neighbours."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from models.trends.brand_figures import summarise_authors, summarise_brands, with_mentioned_brand
from models.trends.windows import HOURS, with_shown, with_windows
from tests.builders import NOON, a_tweet, tweets

MONDAY = datetime(2026, 5, 4)
POSITIVE = {"label": "positive", "score": 0.9, "negative": 0.0, "neutral": 0.2, "positive": 0.8}
NEGATIVE = {"label": "negative", "score": 0.1, "negative": 0.8, "neutral": 0.2, "positive": 0.0}
FINE, BAD = {"is_complaint": False, "score": 0.1}, {"is_complaint": True, "score": 0.9}


def trends_of(spark: SparkSession, *rows: dict[str, Any], k: int = 2) -> dict[tuple[str, datetime], Row]:
    mentioned = tweets(spark, *rows).transform(with_mentioned_brand).transform(with_windows)
    found = summarise_brands(summarise_authors(mentioned), k).collect()
    return {(row["window"], row["started_at"]): row for row in found if row["brand"] == "acme"}


def by(author: str, number: int = 0, **fields: Any) -> dict[str, Any]:
    scores = {"sentiment": POSITIVE, "complaint": FINE, "lang": "en"}
    return a_tweet(**{"tweet_id": f"{author}{number}", "author_key": author} | scores | fields)


def test_a_tweet_counts_in_its_hour_its_quarter_of_the_day_its_day_and_its_week(spark: SparkSession) -> None:
    found = trends_of(spark, by("ann", created_at=NOON + timedelta(days=2, hours=3, minutes=59)))
    wednesday = MONDAY + timedelta(days=2)
    starts = {"week": MONDAY, "day": wednesday, "6h": wednesday.replace(hour=12), "hour": wednesday.replace(hour=15)}
    assert set(found) == set(starts.items())
    assert {row["window"]: row["ended_at"] - row["started_at"] for row in found.values()} == {
        name: timedelta(hours=hours) for name, hours in HOURS.items()
    }


def test_somebody_who_tweets_a_lot_counts_as_much_as_anybody_else(spark: SparkSession) -> None:
    many = [by("ann", number, sentiment=NEGATIVE, complaint=BAD) for number in range(9)]
    found = trends_of(spark, *many, by("bob"))["day", MONDAY]
    assert (found.tweet_count, found.negative_share, found.positive_share) == (10, 0.5, 0.5)
    assert (found.sentiment_mean, found.complaint_share) == (0.5, 0.5)


def test_the_interval_is_that_of_the_mean_over_authors(spark: SparkSession) -> None:
    rows = [by(f"a{number}", sentiment=POSITIVE if number % 4 else NEGATIVE) for number in range(100)]
    found = trends_of(spark, *rows)["week", MONDAY]
    assert (found.positive_share, found.positive_share_low, found.positive_share_high) == (0.75, 0.66, 0.84)
    assert found.scored_author_count == 100


def test_too_few_authors_leave_only_the_number_of_tweets(spark: SparkSession) -> None:
    found = trends_of(spark, by("ann"), by("ann", 1), k=2)["week", MONDAY]
    assert found.tweet_count == 2
    figures = {name: value for name, value in found.asDict().items() if name.endswith(("_share", "_mean", "_low"))}
    assert set(figures.values()) == {None}
    assert (found.author_count, found.languages, found.engagement_per_tweet) == (None, None, None)


def test_a_hidden_day_is_not_the_only_one_of_its_week(spark: SparkSession) -> None:
    """The week less the days that are shown must describe as many authors as a figure needs."""
    days = {0: 5, 1: 4, 2: 1, 3: 3}
    rows = [
        by(f"a{number}", day, created_at=NOON + timedelta(days=day))
        for day, count in days.items()
        for number in range(count)
    ]
    found = trends_of(spark, *rows, k=2)
    shown = {day: found["day", MONDAY + timedelta(days=day)].sentiment_mean is not None for day in days}
    assert shown == {0: True, 1: True, 2: False, 3: False}
    assert found["week", MONDAY].sentiment_mean is not None


def test_engagement_of_too_few_authors_is_not_left_over_when_the_other_days_are_subtracted(spark: SparkSession) -> None:
    """Everybody tweets on every day, but only so many with metrics."""
    engaged = {0: 5, 1: 4, 2: 1, 3: 3}
    rows = [
        by(f"a{number}", day, created_at=NOON + timedelta(days=day), metrics={"like_count": 1} if is_known else None)
        for day, count in engaged.items()
        for number, is_known in enumerate([True] * count + [False] * 2)
    ]
    found = trends_of(spark, *rows, k=2)
    days = [found["day", MONDAY + timedelta(days=day)] for day in engaged]
    assert [row.engagement_per_tweet is not None for row in days] == [True, True, False, False]
    assert all(row.sentiment_mean is not None for row in days)


def test_hidden_windows_of_random_weeks_have_k_authors_or_hide_all(spark: SparkSession) -> None:
    rng = random.Random(5)
    rows = []
    for week in range(40):
        monday = MONDAY + timedelta(days=7 * week)
        counts = [rng.choice((3, 60, 100, 140, 400)) for _ in range(rng.randint(1, 7))]
        rows.append(("acme", "week", monday, max(counts) + 5))
        rows += [("acme", "day", monday + timedelta(days=day), count) for day, count in enumerate(counts)]
    frame = spark.createDataFrame(rows, "brand string, window string, started_at timestamp, n long")
    shown = {(row.window, row.started_at) for row in with_shown(frame, {"n": "is_shown"}).where("is_shown").collect()}
    for week in range(40):
        inside = [row for row in rows if row[1] == "day" and (row[2] - MONDAY).days // 7 == week]
        hidden = [row[3] for row in inside if ("day", row[2]) not in shown]
        assert all(row[3] >= 100 for row in inside if ("day", row[2]) in shown)
        assert not hidden or len(hidden) == len(inside) or max(hidden) >= 100


def test_languages_regions_and_reportable_categories_are_shares_of_authors(spark: SparkSession) -> None:
    delay = {"label": "delay", "score": 0.9}
    rows = [by(f"a{number}", complaint=BAD, category=delay, place={"country_code": "GB"}) for number in range(3)]
    rows += [by(f"b{number}", lang="fr") for number in range(2)] + [by("c", lang="de"), by("d", lang="es")]
    found = trends_of(spark, *rows, k=2)["day", MONDAY]
    assert [tuple(each) for each in found.languages] == [("en", 0.43)]
    assert [tuple(each) for each in found.categories] == [("delay", 0.43)]
    assert [tuple(each) for each in found.regions] == [("GB", 0.43)]


def test_the_share_of_voice_is_that_of_the_tweets_about_the_brand_and_its_competitors(spark: SparkSession) -> None:
    rows = [by("ann"), by("bob", brands=["acme", "acme:competitors"]), by("cat", brands=["acme:competitors"])]
    found = trends_of(spark, *rows)["day", MONDAY]
    assert (found.tweet_count, found.share_of_voice, found.author_count) == (2, 0.5, 0)
    assert trends_of(spark, by("ann"))["day", MONDAY].share_of_voice is None


@pytest.mark.parametrize(("likes", "mean"), [((0, 10), 5.0), ((1234, 1234), 1200.0)])
def test_engagement_is_of_own_tweets_and_has_two_digits(
    spark: SparkSession, likes: tuple[int, int], mean: float
) -> None:
    rows = [by(f"a{number}", metrics={"like_count": count}) for number, count in enumerate(likes)]
    retweet = by("zoe", kind="retweet", metrics={"like_count": 90_000})
    assert trends_of(spark, *rows, retweet)["day", MONDAY].engagement_per_tweet == mean


def test_a_tweet_of_an_unknown_author_is_only_counted(spark: SparkSession) -> None:
    found = trends_of(spark, by("ann"), by("bob"), by("", author_key=None, sentiment=NEGATIVE))["day", MONDAY]
    assert (found.tweet_count, found.negative_share) == (3, 0.0)
