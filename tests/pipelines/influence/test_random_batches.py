"""Following the changes equals a full run: 100 random batches with duplicates, late tweets and erasures."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.settings import Settings
from models.influence.author_factors import FACTORS
from models.influence.weights import load_weights
from pipelines.influence import build_cascades, rank_influencers
from pipelines.sinks.lake import Merge, create_table, delete_rows, merge_rows
from pipelines.sources.lake import read_table
from tests.builders import NOON, a_tweet, an_id, tweets
from tests.pipelines.influence.worlds import a_reaction, of_author

BATCHES, PER_BATCH, FOLLOWED_EVERY, COMPARED_EVERY = 100, 12, 4, 20
AUTHORS = [f"author{number:02}" for number in range(9)]
AS_OF = NOON + timedelta(days=3)
SILVER = "silver.tweets"
KINDS = ("tweet", "reply", "quote", "retweet", "retweet", "retweet")
COMPARED = ("brand", "author_key", *FACTORS, "h_index", "post_count", "engagement_count", "downstream_credit")


class RandomWorld:
    """What is in silver, and the batches that change it."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.stored: dict[str, dict[str, Any]] = {}
        self.number = 0

    def batches(self, count: int) -> Iterator[tuple[list[dict[str, Any]], list[str]]]:
        """(new or changed rows, ids of rows to delete) of each batch."""
        for _ in range(count):
            rows = {row["tweet_id"]: row for row in (self.a_row() for _ in range(PER_BATCH))}
            self.stored |= rows
            lost = self.erased() if self.dice.random() < 0.5 else []
            for each in lost:
                self.stored.pop(each)
            yield [row for each, row in rows.items() if each not in lost], lost

    def a_row(self) -> dict[str, Any]:
        """A new tweet, a late one, or one that is stored, observed again."""
        if self.stored and self.dice.random() < 0.2:
            old = self.dice.choice([*self.stored.values()])
            return old | {"metrics": self.metrics()} if self.dice.random() < 0.7 else old
        self.number += 1
        minutes = self.dice.choice((self.number, self.dice.randrange(600)))
        fields: dict[str, Any] = {"metrics": self.metrics(), "author": of_author(self.dice.randrange(9000))}
        kind, by = self.dice.choice(KINDS), self.dice.choice(AUTHORS)
        if kind == "tweet" or not self.stored:
            at = NOON + timedelta(minutes=minutes)
            return a_tweet(tweet_id=an_id(at, self.number), created_at=at, author_key=by, **fields)
        of = self.dice.choice([*self.stored]) if self.dice.random() < 0.9 else an_id(NOON, 9000 + self.number % 7)
        if kind == "retweet":
            popular = [each for each, row in self.stored.items() if row["kind"] != "retweet"][:3]
            of = self.dice.choice(popular or [of])
            fields["mentioned_author_keys"] = [self.stored.get(of, {"author_key": "nobody"})["author_key"]]
        return a_reaction(self.number, kind, of, by, minutes, **fields)

    def metrics(self) -> dict[str, int]:
        return {name: self.dice.randrange(40) for name in ("retweet_count", "like_count", "reply_count", "quote_count")}

    def erased(self) -> list[str]:
        """A tweet with its retweets, or an author's tweets."""
        first = self.dice.choice([*self.stored])
        if self.dice.random() < 0.1:
            author = self.stored[first]["author_key"]
            return [each for each, row in self.stored.items() if row["author_key"] == author]
        return [first, *(each for each, row in self.stored.items() if row["retweeted_id"] == first)]


def run(spark: SparkSession, settings: Settings, run_id: int, full: bool = False) -> dict[str, list[Any]]:
    options = Options(env=None, brand=None, as_of=AS_OF, run_id=run_id, full=full)
    build_cascades.run(spark, settings, options)
    rank_influencers.run(spark, settings, options)
    stamps = ("run_id", "as_of")
    tables = {name: read_table(spark, settings, name) for name in (build_cascades.EDGES, build_cascades.CASCADES)}
    found = {name: sorted(map(str, df.drop(*stamps).collect())) for name, df in tables.items()}
    ranked = read_table(spark, settings, rank_influencers.TABLE).select(*COMPARED)
    return found | {rank_influencers.TABLE: sorted(map(str, ranked.collect()))}


@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_following_a_hundred_random_batches_equals_a_full_run(
    spark: SparkSession, offline_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, world = offline_settings, RandomWorld(seed=11)
    monkeypatch.setattr(rank_influencers, "network_is_due", lambda *_: False)
    monkeypatch.setattr(rank_influencers, "fit_weights", lambda _, settings, __: load_weights(settings))
    create_table(spark, settings, SILVER)
    for number, (rows, lost) in enumerate(world.batches(BATCHES), start=1):
        merge_rows(tweets(spark, *rows), settings, SILVER, Merge(gains="true"))
        if number % 3 == 0:
            merge_rows(tweets(spark, *rows[:2]), settings, SILVER, Merge(gains="true"))  # a batch arrives twice
        if lost:
            delete_rows(spark.createDataFrame([(each,) for each in lost], "tweet_id string"), settings, SILVER)
        if number % FOLLOWED_EVERY == 0:
            followed = run(spark, settings, 2 * number)
        if number % COMPARED_EVERY == 0:
            assert followed == run(spark, settings, 2 * number + 1, full=True), f"after batch {number}"
    assert read_table(spark, settings, SILVER).count() == len(world.stored)
