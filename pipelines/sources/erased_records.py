"""bronze.tweets against the tombstones: the records that name what was erased, and which of them are lost with it."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from conf.schemas import OFFSETS
from conf.settings import AnnotateTweets
from models.pseudonyms import with_author_keys, with_keys
from models.tombstones import KEYED, TWEET, with_erasure
from pipelines.sources.payload_ids import PLACE, named_ids
from pipelines.sources.payloads import parse_payloads


def find_named(bronze: DataFrame, keys: DataFrame, index: DataFrame) -> DataFrame:
    """BRONZE_TWEETS rows -> OFFSETS and the index's columns: one row a record and subject that its payload names.

    After scrub_geo only records that may tell a place count. The frame is read twice by what follows: persist it.
    """
    payload = F.decode("value", "UTF-8")
    named = bronze.select(*OFFSETS, payload.rlike(PLACE).alias("has_place"), F.explode(named_ids(payload)).alias("id"))
    met = with_keys(named, keys, {"subject_key": "id"}).join(F.broadcast(index), "subject_key")
    return met.where("is_erased OR (is_scrubbed AND has_place)").select(*OFFSETS, *index.columns)


def find_records(
    bronze: DataFrame, named: DataFrame, keys: DataFrame, index: DataFrame, limits: AnnotateTweets
) -> DataFrame:
    """The records of `named` (`find_named`) -> [topic, partition, offset, source, position, subject, subject_key,
    is_own, is_rejected].

    `is_own`: the record is of what was erased, or repeats it; `is_rejected`: it is of no tweet. The others are of
    tweets that stay: only this copy of what they were sent with goes.
    """
    records = bronze.join(F.broadcast(named.select(*OFFSETS).distinct()), [*OFFSETS], "left_semi")
    mentioned = {"mentioned_author_keys": "mentioned_author_ids"}
    told = with_author_keys(parse_payloads(records, limits), keys, {"author_key": "author_id"}, mentioned, beside=KEYED)
    known = with_erasure(told, index).select(
        *(*OFFSETS, "source", "position", "created_at"),
        F.col("is_erased").alias("is_own"),
        F.col("reason").isNotNull().alias("is_rejected"),
    )
    is_of_tweet = F.col("subject") == TWEET
    in_time = F.coalesce(F.col("created_at") <= F.col("scrubbed_until"), F.lit(True))
    lost = named.join(known, [*OFFSETS]).where(F.col("is_erased") | is_of_tweet | in_time)
    return lost.select(*OFFSETS, "source", "position", "subject", "subject_key", "is_own", "is_rejected")
