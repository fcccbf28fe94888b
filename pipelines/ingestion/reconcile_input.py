"""Reconciliation of the input: offered = distinct tweets + repeats + rejected + compliance notices + erased.

Each term is counted in its own store: distinct tweets in silver.tweets, repeats in silver.metric_observations, rejected
in silver.rejected_tweets, notices in bronze.compliance, erased in silver.erased_records. An erased object is counted
there and nowhere else, whether it was deleted or blocked on arrival.

The offered objects of an archive are those that its ledger counted. X and other producers have no ledger: they offered
what landed in bronze. Erasure and retention delete records of bronze, but never the last trace of an object. What X did
not deliver is in the gap ledger (jobs/list_gaps.py). A record that a killed collector sent twice has the same source
and position, and is counted once.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings
from pipelines.sources.archive.ledger import read_ledgers
from pipelines.sources.kafka import header
from pipelines.sources.lake import read_table
from runtime.errors import CheckFailed

logger = logging.getLogger("brandpulse.reconcile_input")

# Records of other producers may lack a position: there the record's Kafka offsets identify the object.
_OFFSETS = ("topic", "partition", "offset")
_POSITION = f"coalesce(position, concat_ws('/', {', '.join(_OFFSETS)}))"
_OBJECT = ("source", f"{_POSITION} AS position")


@dataclass(frozen=True)
class Reconciliation:
    """The six terms, in input objects; `accounted` is the sum of the right-hand side.

    `lost_tweets`: about how many tweets are inside rejected objects, such as a torn page.
    """

    offered: int
    distinct: int
    repeats: int
    rejected: int
    notices: int
    erased: int = 0
    lost_tweets: int = 0

    @property
    def accounted(self) -> int:
        return self.distinct + self.repeats + self.rejected + self.notices + self.erased

    @property
    def is_reconciled(self) -> bool:
        return self.offered == self.accounted

    def __str__(self) -> str:
        result, sign = ("reconciled", "=") if self.is_reconciled else ("not reconciled", "!=")
        lost = f", with about {self.lost_tweets:,} tweets inside," if self.lost_tweets else ""
        return (
            f"{result}: {self.offered:,} offered {sign} {self.distinct:,} distinct tweets + {self.repeats:,} repeats "
            f"+ {self.rejected:,} rejected{lost} + {self.notices:,} compliance notices + {self.erased:,} erased "
            f"({self.accounted:,})"
        )


def run(spark: SparkSession, settings: Settings) -> Reconciliation:
    """Count, log and return the terms; CheckFailed when they do not reconcile."""
    reconciliation = count_input(spark, settings)
    if not reconciliation.is_reconciled:
        raise CheckFailed(f"the input is {reconciliation}")
    logger.info("%s", reconciliation)
    return reconciliation


def count_input(spark: SparkSession, settings: Settings) -> Reconciliation:
    """Count each term in its own store."""
    ledgers = read_ledgers(settings.home / "positions")
    tweets, notices = (read_table(spark, settings, f"bronze.{each}") for each in ("tweets", "compliance"))
    erased = read_table(spark, settings, "silver.erased_records")
    rejects = read_table(spark, settings, "silver.rejected_tweets").where("redriven_at IS NULL")
    observations = read_table(spark, settings, "silver.metric_observations")
    landed = (with_origin(tweets), observations, rejects, erased, notices)
    return Reconciliation(
        offered=sum(ledger.offered for ledger in ledgers.values()) + count_live(landed, ledgers),
        distinct=read_table(spark, settings, "silver.tweets").count(),
        repeats=count_repeats(without_erased(observations, erased)),
        rejected=count_objects(without_erased(rejects, erased)),
        notices=count_objects(notices),
        erased=count_objects(erased),
        lost_tweets=sum(ledger.lost_tweets for ledger in ledgers.values()),
    )


def count_live(landed: Sequence[DataFrame], sources: Iterable[str]) -> int:
    """Distinct objects in any of the tables `landed` that come from none of the archives `sources`."""
    rows = reduce(DataFrame.unionByName, (each.select(*_OFFSETS, "source", "position") for each in landed))
    return count_objects(rows.where(~F.coalesce("source", F.lit("")).isin(list(sources))))


def without_erased(rows: DataFrame, erased: DataFrame) -> DataFrame:
    """Rows of objects that `erased` does not contain."""
    objects = erased.selectExpr("source AS erased_source", f"{_POSITION} AS erased_position").distinct()
    same = f"source <=> erased_source AND {_POSITION} = erased_position"
    return rows.join(F.broadcast(objects), on=F.expr(same), how="left_anti")


def with_origin(records: DataFrame) -> DataFrame:
    """Rows of bronze.tweets -> their offsets, with source and position from the headers."""
    return records.select(*_OFFSETS, *(header(each).alias(each) for each in ("source", "position")))


def count_objects(rows: DataFrame) -> int:
    """Distinct input objects among rows with source, position and offsets."""
    return rows.selectExpr(*_OBJECT).distinct().count()


def count_repeats(observations: DataFrame) -> int:
    """Observations after the first one of each tweet, without redeliveries."""
    objects = observations.selectExpr("tweet_id", *_OBJECT).distinct()
    counts = objects.groupBy("tweet_id").count()
    return int(counts.agg(F.coalesce(F.sum(F.col("count") - 1), F.lit(0))).collect()[0][0])
