"""Profiles for the tests of segments: a row names what it is about, the rest is null."""

import random
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from tests.builders import NOON

KINDS: tuple[dict[str, Any], ...] = (
    {
        "tweet_count": 20,
        "followers_count": 50,
        "sentiment_mean": 0.8,
        "reply_share": 0.0,
        "retweet_share": 0.1,
        "peak_hour": 8,
    },
    {
        "tweet_count": 90,
        "followers_count": 9000,
        "sentiment_mean": 0.2,
        "reply_share": 0.9,
        "retweet_share": 0.1,
        "peak_hour": 20,
    },
    {
        "tweet_count": 400,
        "followers_count": 700,
        "sentiment_mean": 0.5,
        "reply_share": 0.0,
        "retweet_share": 0.9,
        "peak_hour": 14,
    },
)
"""Three kinds of authors that lie far apart."""


def profiles(spark: SparkSession, rows: Iterable[dict[str, Any]]) -> DataFrame:
    """A frame in the shape of gold.author_profiles."""
    given = [{"brand": "acme", "author_key": f"author{number:04d}"} | row for number, row in enumerate(rows)]
    unknown = {name for row in given for name in row} - set(GOLD_AUTHOR_PROFILES.names)
    if unknown:
        raise TypeError(f"gold.author_profiles has no {', '.join(sorted(unknown))}")
    return spark.createDataFrame(
        [tuple(row.get(name) for name in GOLD_AUTHOR_PROFILES.names) for row in given], GOLD_AUTHOR_PROFILES
    )


def crowd(sizes: Sequence[int], seed: int = 7, prefix: str = "") -> list[dict[str, Any]]:
    """Authors of the three kinds, so many of each, in no order; an author's key contains kind and number."""
    draw = random.Random(seed)
    rows = []
    for kind, size in enumerate(sizes):
        for number in range(size):
            counts = {
                name: int(KINDS[kind][name] * draw.uniform(0.7, 1.3)) + 1 for name in ("tweet_count", "followers_count")
            }
            mood = {"sentiment_mean": KINDS[kind]["sentiment_mean"] + draw.uniform(-0.1, 0.1)}
            key = {"author_key": f"{prefix}kind{kind}-{number:04d}"}
            rows.append(key | {"last_tweet_at": NOON - timedelta(days=draw.randrange(9))} | KINDS[kind] | counts | mood)
    draw.shuffle(rows)
    return rows
