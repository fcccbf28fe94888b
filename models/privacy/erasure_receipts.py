"""Erasure receipts: for each notice the number of deleted rows by table, and its subject."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

REMOVED_MERGED = """map_zip_with(t.removed, s.removed,
    (name, before, now) -> greatest(coalesce(before, 0L), coalesce(now, 0L)))"""
"""After a kill the rows that are already deleted are not found again: the larger count of a table is correct."""

DESK = "desk"
"""The prefix of what the desk erased, among the tables of a receipt."""
DESK_MERGED = "map_concat(map_filter(removed, (name, number) -> NOT startswith(name, 'desk ')), desk)"
"""The desk's counts are replaced each time: they say what became of the tweets so far."""

WAITS_FOR_DESK = "map_contains_key(removed, 'desk waiting') OR map_contains_key(removed, 'desk remote waiting')"
"""The desk, or the help desk, has not erased everything yet."""


def build_claims(subjects: DataFrame, tombstones: DataFrame) -> DataFrame:
    """[event_key, subject, subject_key]: every subject with a tombstone caused by a notice of `subjects`."""
    causes = subjects.select(
        "event_key", "kind", F.col("subject").alias("cause_subject"), F.col("subject_key").alias("cause_key")
    )
    claimed = tombstones.join(F.broadcast(causes), ["kind", "cause_subject", "cause_key"], how="inner")
    return claimed.select("event_key", "subject", "subject_key").distinct()


def build_receipts(
    notices: DataFrame, subjects: DataFrame, claims: DataFrame, found: Mapping[str, tuple[DataFrame, list[str]]]
) -> DataFrame:
    """Open receipts of `notices` (BRONZE_COMPLIANCE rows).

    `found`: by table, the rows to delete [*key, subject, subject_key] and the names of the key columns.
    """
    counts = [
        # One column, because a table's key may have the name of the notice's.
        rows.select("subject", "subject_key", F.struct(*key).alias("row_key"))
        .join(F.broadcast(claims), ["subject", "subject_key"], how="inner")
        .groupBy("event_key")
        .agg(F.count_distinct("row_key").alias("rows"))
        .select("event_key", F.struct(F.lit(name).alias("key"), F.col("rows").alias("value")).alias("entry"))
        for name, (rows, key) in found.items()
    ]
    removed = reduce(DataFrame.unionByName, counts).groupBy("event_key").agg(F.collect_list("entry").alias("entries"))
    first = subjects.groupBy("event_key").agg(F.min(F.struct("subject", "subject_key")).alias("first"))
    no_entries = F.array().cast("array<struct<key:string,value:bigint>>")
    return (
        notices.join(first, "event_key", how="left")
        .join(removed, "event_key", how="left")
        .select(
            *("event_key", "kind", "first.subject", "first.subject_key", "event_at"),
            F.col("kafka_at").alias("heard_at"),
            *_not_yet(),
            F.map_from_entries(F.coalesce("entries", no_entries)).alias("removed"),
        )
    )


def build_recheck_receipt(found: Mapping[str, tuple[DataFrame, list[str]]], event_key: str) -> DataFrame:
    """The open receipt of re-ingested rows, which no notice names; no row if there are none."""
    counts = [
        rows.agg(F.count_distinct(F.struct(*key)).alias("value")).select(F.lit(name).alias("key"), "value")
        for name, (rows, key) in found.items()
    ]
    entries = F.collect_list(F.struct("key", "value")).alias("entries")
    removed = reduce(DataFrame.unionByName, counts).where("value > 0").agg(entries).where(F.size("entries") > 0)
    return removed.select(
        *(F.lit(value).alias(name) for name, value in (("event_key", event_key), ("kind", "recheck"))),
        *(F.lit(None).cast("string").alias(name) for name in ("subject", "subject_key")),
        F.lit(None).cast("timestamp").alias("event_at"),
        F.current_timestamp().alias("heard_at"),
        *_not_yet(),
        F.map_from_entries("entries").alias("removed"),
    )


def build_desk_counts(receipts: DataFrame, tombstones: DataFrame, states: DataFrame) -> DataFrame:
    """[event_key, desk]: for each of `receipts` the number of its tweets at the desk by what became of them.

    `states`: [subject_key, is_done, remote], one row per tweet that the desk was asked to erase. The keys of the map
    `desk` are `desk tweets`, `desk waiting` (not emptied yet) and `desk remote <state>`.
    """
    causes = receipts.select(
        "event_key", "kind", F.col("subject").alias("cause_subject"), F.col("subject_key").alias("cause_key")
    )
    claimed = tombstones.join(F.broadcast(causes), ["kind", "cause_subject", "cause_key"], how="inner")
    rows = claimed.select("event_key", "subject_key").distinct().join(states, "subject_key", how="inner")
    words = F.array(
        F.lit(f"{DESK} tweets"),
        F.when(F.col("is_done"), F.concat(F.lit(f"{DESK} remote "), "remote")).otherwise(f"{DESK} waiting"),
    )
    counts = rows.select("event_key", F.explode(words).alias("key")).groupBy("event_key", "key").count()
    entries = F.map_from_entries(F.collect_list(F.struct("key", F.col("count").alias("value"))))
    return counts.groupBy("event_key").agg(entries.alias("desk"))


def _not_yet() -> list[Column]:
    return [
        *(F.lit(None).cast("timestamp").alias(name) for name in ("erased_at", "vacuumed_at")),
        F.lit(None).cast("bigint").alias("age_seconds"),
    ]
