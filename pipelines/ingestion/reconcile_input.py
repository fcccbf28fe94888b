"""The equation of the input: what was offered = distinct tweets + repeats + rejected + compliance notices + erased.

Each term is counted in its own store: distinct tweets in silver.tweets, repeats in silver.metric_observations, rejected
in silver.rejected_tweets, notices in bronze.compliance, and in silver.erased_records what an erasure took away or kept
out: what is counted there is counted nowhere else. An archive's objects were offered by its ledger's word. X and other
producers have no end and no ledger: what they offered is what landed in bronze, the record of Kafka as received (an
erasure or its retention takes records of it, but never the last trace of an object), and what X itself had to offer is
the gap ledger's business (jobs/list_gaps.py). A record that a killed collector sent twice carries the same source and
position, and counts once.
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

logger = logging.getLogger("brandpulse.balance_input")

# Records of other producers may lack a position: there the record's own offsets tell objects apart.
_OFFSETS = ("topic", "partition", "offset")
_POSITION = f"coalesce(position, concat_ws('/', {', '.join(_OFFSETS)}))"
_OBJECT = ("source", f"{_POSITION} AS position")


@dataclass(frozen=True)
class Balance:
    """The six terms, in input objects."""

    offered: int
    distinct: int
    repeats: int
    rejected: int
    notices: int
    erased: int = 0

    @property
    def accounted(self) -> int:
        return self.distinct + self.repeats + self.rejected + self.notices + self.erased

    def __str__(self) -> str:
        sign = "=" if self.offered == self.accounted else "!="
        return (
            f"{self.offered:,} offered {sign} {self.distinct:,} distinct tweets + {self.repeats:,} repeats "
            f"+ {self.rejected:,} rejected + {self.notices:,} compliance notices + {self.erased:,} erased "
            f"({self.accounted:,})"
        )


def run(spark: SparkSession, settings: Settings) -> Balance:
    """Count, log and return the terms; CheckFailed when they do not balance."""
    balance = count_input(spark, settings)
    if balance.offered != balance.accounted:
        raise CheckFailed(f"the input does not balance: {balance}")
    logger.info("%s", balance)
    return balance


def count_input(spark: SparkSession, settings: Settings) -> Balance:
    """Count each term in its own store."""
    ledgers = read_ledgers(settings.home / "positions")
    tweets, notices = (read_table(spark, settings, f"bronze.{each}") for each in ("tweets", "compliance"))
    erased = read_table(spark, settings, "silver.erased_records")
    rejects = read_table(spark, settings, "silver.rejected_tweets").where("redriven_at IS NULL")
    observations = read_table(spark, settings, "silver.metric_observations")
    landed = (with_origin(tweets), observations, rejects, erased, notices)
    return Balance(
        offered=sum(ledger.offered for ledger in ledgers.values()) + count_live(landed, ledgers),
        distinct=read_table(spark, settings, "silver.tweets").count(),
        repeats=count_repeats(without_erased(observations, erased)),
        rejected=count_objects(without_erased(rejects, erased)),
        notices=count_objects(notices),
        erased=count_objects(erased),
    )


def count_live(landed: Sequence[DataFrame], sources: Iterable[str]) -> int:
    """Distinct objects in any of `landed` that come from none of the archives in `sources`."""
    rows = reduce(DataFrame.unionByName, (each.select(*_OFFSETS, "source", "position") for each in landed))
    return count_objects(rows.where(~F.coalesce("source", F.lit("")).isin(list(sources))))


def without_erased(rows: DataFrame, erased: DataFrame) -> DataFrame:
    """Rows of objects that are not counted among the erased."""
    objects = erased.selectExpr("source AS erased_source", f"{_POSITION} AS erased_position").distinct()
    same = f"source <=> erased_source AND {_POSITION} = erased_position"
    return rows.join(F.broadcast(objects), F.expr(same), "left_anti")


def with_origin(records: DataFrame) -> DataFrame:
    """Rows of bronze.tweets with source and position out of their headers."""
    return records.select(*_OFFSETS, *(header(each).alias(each) for each in ("source", "position")))


def count_objects(rows: DataFrame) -> int:
    """Distinct input objects among rows with an origin."""
    return rows.selectExpr(*_OBJECT).distinct().count()


def count_repeats(observations: DataFrame) -> int:
    """Observations beyond the first of each tweet, redeliveries left out."""
    objects = observations.selectExpr("tweet_id", *_OBJECT).distinct()
    counts = objects.groupBy("tweet_id").count()
    return int(counts.agg(F.coalesce(F.sum(F.col("count") - 1), F.lit(0))).collect()[0][0])
