"""Rows of any table against the tombstones, by HMAC: those that go with an erased tweet or author."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from conf.privacy import AUTHOR, TWEET
from conf.schemas import OFFSETS
from models.privacy.pseudonyms import with_author_keys, with_keys
from models.privacy.tombstones import KEYED, with_erasure

SUBJECT = ("subject", "subject_key")
_BY_ID = {"tweet_id": TWEET, "author_id": AUTHOR}


def find_rows(rows: DataFrame, way: str, keys: DataFrame, index: DataFrame, records: DataFrame) -> DataFrame:
    """Those of `rows` that go, with the subject that they go for; `way` as `conf.tables.Table.erasure` says.

    `records` are what `find_records` found: a table of offsets loses what stands at theirs, and what names an erased
    tweet by itself. What was made of a record goes with it: no tombstone knows the tweet that the stream kept out.
    """
    if way in _BY_ID:
        by_id = _of_erased(with_keys(rows, keys, {"subject_key": way}), index, _BY_ID[way])
        if not set(OFFSETS) <= set(rows.columns):
            return by_id
        own = records.where("is_own").select(*OFFSETS, *SUBJECT)
        return by_id.unionByName(rows.join(F.broadcast(own), [*OFFSETS], how="inner"), allowMissingColumns=True)
    if way == "author_key":
        return _of_erased(rows.withColumn("subject_key", F.col("author_key")), index, AUTHOR)
    found = rows.join(F.broadcast(records.select(*OFFSETS, *SUBJECT)), [*OFFSETS], how="inner")
    named = find_rows(rows, "tweet_id", keys, index, records) if "tweet_id" in rows.columns else None
    return found if named is None else found.unionByName(named)


def find_named(ids: DataFrame, keys: DataFrame, index: DataFrame) -> DataFrame:
    """[*OFFSETS, has_place, id] -> OFFSETS and the index's columns: one row a record and subject that it names.

    After scrub_geo only records that may tell a place count. The frame is read twice by what follows: persist it.
    """
    met = with_keys(ids, keys, {"subject_key": "id"}).join(F.broadcast(index), "subject_key", how="inner")
    return met.where("is_erased OR (is_scrubbed AND has_place)").select(*OFFSETS, *index.columns)


def find_records(named: DataFrame, parsed: DataFrame, keys: DataFrame, index: DataFrame) -> DataFrame:
    """The records of `named` -> [*OFFSETS, source, position, subject, subject_key, is_own, is_rejected].

    `parsed` are the same records as `parse_payloads` reads them. `is_own`: the record is of what was erased, or repeats
    it; `is_rejected`: it is of no tweet. The others are of tweets that stay: only this copy of what they were sent with
    goes.
    """
    known = tell_erased(parsed, keys, index).select(
        *(*OFFSETS, "source", "position", "created_at", "author_key"),
        F.col("is_erased").alias("is_own"),
        F.col("reason").isNotNull().alias("is_rejected"),
    )
    is_of_tweet = F.col("subject") == TWEET
    # A place is scrubbed up to a time of its author's; what others repeat of it may be younger.
    is_later = (F.col("author_key") == F.col("subject_key")) & (F.col("created_at") > F.col("scrubbed_until"))
    lost = named.join(known, [*OFFSETS], how="inner").where(
        F.col("is_erased") | is_of_tweet | ~F.coalesce(is_later, F.lit(False))
    )
    return lost.select(*OFFSETS, "source", "position", *SUBJECT, "is_own", "is_rejected")


def tell_erased(parsed: DataFrame, keys: DataFrame, index: DataFrame) -> DataFrame:
    """`parse_payloads` rows, their author ids made keys, and `is_erased`: they are of what was erased, or repeat it."""
    mentioned = {"mentioned_author_keys": "mentioned_author_ids"}
    return with_erasure(with_author_keys(parsed, keys, {"author_key": "author_id"}, mentioned, beside=KEYED), index)


def keep_columns(rows: DataFrame, key: Sequence[str], origin: Sequence[str]) -> DataFrame:
    """The key of each row, its origin where it has one, and its subject."""
    kept = dict.fromkeys((*key, *(name for name in origin if name in rows.columns)))
    return rows.select(*kept, *SUBJECT)


def _of_erased(rows: DataFrame, index: DataFrame, subject: str) -> DataFrame:
    erased = index.where("is_erased").select(*SUBJECT)
    return rows.withColumn("subject", F.lit(subject)).join(F.broadcast(erased), [*SUBJECT], how="inner")
