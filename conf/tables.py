"""The map of the lake: one line a table. A test fails on a table that leaves a column of this map empty."""

from dataclasses import dataclass
from typing import Literal

from pyspark.sql.types import StructType

from conf import people_schemas, schemas, segment_schemas
from conf.settings import Settings

Zone = Literal["aggregate", "purpose", "restricted"]
# How an erasure finds its rows: by these keys; `redacted` keeps the row and empties what names anybody; `recomputed` is
# computed anew from tables already erased; `exempt` holds neither id nor text.
Erasure = Literal["tweet_id", "author_key", "author_id", "offsets", "redacted", "recomputed", "exempt"]

KEY_COLUMNS = ("author_key", "replied_to_author_key", "subject_key", "cause_key", "newest_key")
KEY_LISTS = ("mentioned_author_keys",)
"""Every column of the lake that holds keys made with the author key's secrets."""

NO_BRAND = "unassigned"
"""The brand of a tweet that no rule tagged, so that no tweet is left out of the insights."""


@dataclass(frozen=True)
class Table:
    """One Delta table. `cluster_by` columns carry the file statistics that the hops prune by."""

    key: tuple[str, ...]
    schema: StructType
    zone: Zone
    retention_days: int
    erasure: Erasure
    cluster_by: tuple[str, ...]
    change_feed: bool


def _bronze(key: str, schema: StructType, erasure: Erasure, cluster_by: str, days: int) -> Table:
    """Its change feed lets a reader pass over what an erasure deleted."""
    return Table(tuple(key.split()), schema, "restricted", days, erasure, (cluster_by,), change_feed=True)


def _restricted(key: str, schema: StructType) -> Table:
    """What an erasure itself keeps."""
    return Table(tuple(key.split()), schema, "restricted", 3650, "exempt", (), change_feed=False)


def _collection(key: str, schema: StructType, cluster_by: str) -> Table:
    """The collector's own books."""
    return Table(tuple(key.split()), schema, "aggregate", 730, "exempt", (cluster_by,), change_feed=False)


def _silver(key: str, schema: StructType, erasure: Erasure, cluster_by: str) -> Table:
    return Table(tuple(key.split()), schema, "purpose", 730, erasure, (cluster_by,), change_feed=True)


def _gold(key: str, schema: StructType, zone: Zone, erasure: Erasure, cluster_by: str = "brand") -> Table:
    return Table(tuple(key.split()), schema, zone, 730, erasure, (cluster_by,), change_feed=True)


TABLES: dict[str, Table] = {
    "bronze.tweets": _bronze("topic partition offset", schemas.BRONZE_TWEETS, "offsets", "ingested_on", 30),
    "bronze.compliance": _bronze("event_key", schemas.BRONZE_COMPLIANCE, "redacted", "ingested_at", 730),
    "bronze.collection_gaps": _collection("source gap_id", schemas.BRONZE_COLLECTION_GAPS, "settled_at"),
    "bronze.post_reads": _collection("source read_on written_at", schemas.BRONZE_POST_READS, "read_on"),
    "silver.tweets": _silver("tweet_id", schemas.SILVER_TWEETS, "tweet_id", "created_on"),
    "silver.tweet_entities": _silver("tweet_id", schemas.SILVER_TWEET_ENTITIES, "tweet_id", "created_on"),
    "silver.rejected_tweets": _silver(
        "topic partition offset", schemas.SILVER_REJECTED_TWEETS, "offsets", "rejected_at"
    ),
    "silver.metric_observations": _silver(
        "topic partition offset", schemas.SILVER_METRIC_OBSERVATIONS, "tweet_id", "observed_at"
    ),
    "restricted.author_identities": Table(
        ("author_key",),
        people_schemas.RESTRICTED_AUTHOR_IDENTITIES,
        "restricted",
        730,
        "author_key",
        ("seen_at",),
        True,
    ),
    "restricted.campaign_members": Table(
        ("campaign", "author_key"),
        people_schemas.RESTRICTED_CAMPAIGN_MEMBERS,
        "restricted",
        730,
        "author_key",
        ("started_at",),
        change_feed=True,
    ),
    "restricted.audit_log": _restricted("occurred_at action", people_schemas.RESTRICTED_AUDIT_LOG),
    "silver.erased_records": Table(
        ("topic", "partition", "offset"),
        schemas.SILVER_ERASED_RECORDS,
        "purpose",
        3650,
        "exempt",
        ("erased_at",),
        change_feed=True,
    ),
    "restricted.tombstones": _restricted(
        "subject subject_key kind cause_subject cause_key", schemas.RESTRICTED_TOMBSTONES
    ),
    "restricted.erasure_receipts": _restricted("event_key", schemas.RESTRICTED_ERASURE_RECEIPTS),
    "gold.author_profiles": _gold("brand author_key", schemas.GOLD_AUTHOR_PROFILES, "purpose", "author_key"),
    "gold.author_profile_history": _gold(
        "brand author_key run_id", schemas.GOLD_AUTHOR_PROFILES, "purpose", "author_key", "as_of"
    ),
    "ops.pipeline_state": _gold("hop", schemas.OPS_PIPELINE_STATE, "aggregate", "exempt", "hop"),
    "gold.author_segments": _gold("brand author_key", schemas.GOLD_AUTHOR_SEGMENTS, "purpose", "author_key"),
    "gold.segments": _gold("brand segment_id", segment_schemas.GOLD_SEGMENTS, "aggregate", "recomputed"),
    "gold.segment_history": _gold(
        "brand segment_id measured_on", segment_schemas.GOLD_SEGMENT_HISTORY, "aggregate", "recomputed"
    ),
    "gold.segment_events": _gold(
        "brand run_id segment_id event", segment_schemas.GOLD_SEGMENT_EVENTS, "aggregate", "recomputed"
    ),
    "gold.segment_fits": _gold("brand run_id", segment_schemas.GOLD_SEGMENT_FITS, "purpose", "recomputed"),
    "gold.campaign_results": _gold("campaign outcome", people_schemas.GOLD_CAMPAIGN_RESULTS, "aggregate", "recomputed"),
    "gold.model_drift": _gold(
        "created_on model_version", schemas.GOLD_MODEL_DRIFT, "aggregate", "recomputed", "created_on"
    ),
}


def table_path(settings: Settings, name: str) -> str:
    """Where the table lies: <lake.path>/<layer>/<plural_noun>; KeyError for a table that the map lacks."""
    if name not in TABLES:
        raise KeyError(f"{name} is not in conf/tables.py; known: {', '.join(sorted(TABLES))}")
    return f"{settings.lake.path}/{name.replace('.', '/')}"


def on_key(name: str, columns: tuple[str, ...] = ()) -> str:
    """The predicate of a MERGE by which a row `s` meets the row `t` of the table that has its key, or its `columns`."""
    return " AND ".join(f"t.{column} = s.{column}" for column in columns or TABLES[name].key)


def checkpoint_path(settings: Settings, query: str) -> str:
    """Where a streaming query keeps its offsets; query, hop and checkpoint share one name."""
    return f"{settings.lake.checkpoints}/{query}"
