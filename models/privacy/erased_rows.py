"""Finds the rows of any table that are erased with a tweet or an author, by HMAC against the tombstones."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from conf.privacy import AUTHOR, TWEET
from conf.schemas.shapes import OFFSETS, ORIGIN
from models.privacy.pseudonyms import with_author_keys, with_keys
from models.privacy.tombstones import KEYED, with_erasure

SUBJECT = ("subject", "subject_key")
REDACTED = ("tweet_id", "author_id", "payload", "position")
"""The columns of a compliance notice that may identify somebody."""
REFERRING = ("parent_id", "root_id", "likely_parent_id")
"""Columns with ids of other tweets, in tables of cascades."""
_BY_ID = {"tweet_id": TWEET, "author_id": AUTHOR}


def find_rows(rows: DataFrame, way: str, keys: DataFrame, index: DataFrame, records: DataFrame) -> DataFrame:
    """The erased ones of `rows`, with their subject; `way` is the table's `conf.tables.Table.erasure`.

    A row of a cascade is erased with every tweet that it names. `records` are the rows of `find_records`. A table
    derived from records also loses the rows at their offsets: no tombstone knows a tweet that the stream blocked, so
    what was derived from its record is found by the record.
    """
    if way in _BY_ID:
        named = rows.withColumn("named_id", F.explode(_named_ids(rows, way)))
        by_id = _of_erased(with_keys(named, keys, {"subject_key": "named_id"}), index, _BY_ID[way]).drop("named_id")
        if not set(ORIGIN) <= set(rows.columns):
            return by_id
        own = records.where("is_own").select(*OFFSETS, *SUBJECT)
        return by_id.unionByName(rows.join(F.broadcast(own), [*OFFSETS], how="inner"), allowMissingColumns=True)
    if way == "author_key":
        return _of_erased(rows.withColumn("subject_key", F.col("author_key")), index, AUTHOR)
    found = rows.join(F.broadcast(records.select(*OFFSETS, *SUBJECT)), [*OFFSETS], how="inner")
    if "tweet_id" not in rows.columns:
        return found
    return found.unionByName(find_rows(rows, "tweet_id", keys, index, records))


def find_named(ids: DataFrame, keys: DataFrame, index: DataFrame) -> DataFrame:
    """[*OFFSETS, has_place, id] -> OFFSETS and the index's columns, one row per record and erased subject in it.

    A scrub_geo subject counts only where the record may contain a place. Persist the result: it is read twice.
    """
    met = with_keys(ids, keys, {"subject_key": "id"}).join(F.broadcast(index), "subject_key", how="inner")
    return met.where("is_erased OR (is_scrubbed AND has_place)").select(*OFFSETS, *index.columns)


def find_records(named: DataFrame, parsed: DataFrame, keys: DataFrame, index: DataFrame) -> DataFrame:
    """The records of `named` -> [*OFFSETS, source, position, subject, subject_key, is_own, is_rejected].

    `parsed`: the same records from `parse_payloads`. `is_own`: the record's own tweet is erased, or repeats an erased
    one; `is_rejected`: it has no tweet. The tweets of the other records stay; only this copy of the payload is deleted.
    """
    known = flag_erased(parsed, keys, index).select(
        *(*OFFSETS, "source", "position", "created_at", "author_key"),
        F.col("is_erased").alias("is_own"),
        F.col("reason").isNotNull().alias("is_rejected"),
    )
    is_of_tweet = F.col("subject") == TWEET
    # The places of an author are scrubbed up to a time; copies of them in others' tweets may be newer.
    is_later = (F.col("author_key") == F.col("subject_key")) & (F.col("created_at") > F.col("scrubbed_until"))
    lost = named.join(known, [*OFFSETS], how="inner").where(
        F.col("is_erased") | is_of_tweet | ~F.coalesce(is_later, F.lit(False))
    )
    return lost.select(*OFFSETS, "source", "position", *SUBJECT, "is_own", "is_rejected")


def flag_erased(parsed: DataFrame, keys: DataFrame, index: DataFrame) -> DataFrame:
    """`parse_payloads` rows with author keys in place of ids, and `is_erased`: erased, or repeats what is erased."""
    mentioned = {"mentioned_author_keys": "mentioned_author_ids"}
    return with_erasure(with_author_keys(parsed, keys, {"author_key": "author_id"}, mentioned, beside=KEYED), index)


def find_references(rows: DataFrame, keys: DataFrame, erased: DataFrame, key: str, columns: Sequence[str]) -> DataFrame:
    """The rows that name an erased tweet in one of `columns` -> [key, *columns], these names replaced by nulls.

    `erased`: [subject_key, ...] of erased tweets.
    """
    found = with_keys(rows.select(key, *columns), keys, {f"_{name}": name for name in columns})
    listed = found.select(key, F.explode(F.array(*(f"_{name}" for name in columns))).alias("subject_key"))
    met = listed.join(F.broadcast(erased.select("subject_key")), "subject_key", how="left_semi")
    hit = met.groupBy(key).agg(F.collect_set("subject_key").alias("_erased"))
    kept = [F.when(~F.array_contains("_erased", F.col(f"_{name}")), F.col(name)).alias(name) for name in columns]
    return found.join(F.broadcast(hit), key, how="inner").select(key, *kept)


def keep_columns(rows: DataFrame, key: Sequence[str], origin: Sequence[str]) -> DataFrame:
    """The key of each row, its origin if it has one, and its subject."""
    kept = dict.fromkeys((*key, *(name for name in origin if name in rows.columns)))
    return rows.select(*kept, *SUBJECT)


def redact_events(events: DataFrame) -> DataFrame:
    """[event_key] -> [event_key, *REDACTED]: nulls, and as position the event key, unique per input object."""
    nulls = dict.fromkeys(REDACTED, F.lit(None).cast("string"))
    return events.withColumns(nulls | {"position": F.col("event_key")})


def _named_ids(rows: DataFrame, way: str) -> Column:
    """The id of a row, and the ids of other tweets that it names."""
    named = [name for name in REFERRING if way == "tweet_id" and name in rows.columns]
    return F.array_distinct(F.array_compact(F.array(way, *named)))


def _of_erased(rows: DataFrame, index: DataFrame, subject: str) -> DataFrame:
    erased = index.where("is_erased").select(*SUBJECT)
    return rows.withColumn("subject", F.lit(subject)).join(F.broadcast(erased), [*SUBJECT], how="inner")
