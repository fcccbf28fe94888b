"""The map of the lake: one entry per table. A test fails if an entry leaves a field of this map empty."""

from dataclasses import dataclass
from typing import Literal

from pyspark.sql.types import StructType

from conf.lake_format import lake_folder
from conf.schemas import alerts, bronze, gold, influence, ops, restricted, segments, silver, tickets, topics, trends
from conf.settings import Settings

Zone = Literal["aggregate", "purpose", "restricted"]
# How an erasure finds the rows: by one of these columns. `redacted`: it keeps the row and empties what identifies
# somebody. `recomputed`: a later run computes the table from erased tables. `exempt`: contains no id and no text.
Erasure = Literal["tweet_id", "author_key", "author_id", "offsets", "redacted", "recomputed", "exempt"]

KEY_COLUMNS = (
    *("author_key", "replied_to_author_key", "subject_key", "cause_key", "newest_key"),
    *("candidate_key", "tweet_key", "conversation_key", "problem_key", "parent_author_key"),
)
KEY_LISTS = ("mentioned_author_keys",)
"""All columns of the lake with keys derived from the author key's secrets."""

TWEETS = "silver.tweets"


@dataclass(frozen=True)
class Table:
    """One Delta table. `cluster_by` columns have the file statistics that the hops prune by.

    Rows age in one of three ways: `aged_by` is the column that `retention_days` are counted from; `follows` names the
    table whose rows they are deleted or recomputed with; `kept_because` says why they are kept permanently.
    """

    key: tuple[str, ...]
    schema: StructType
    zone: Zone
    retention_days: int
    erasure: Erasure
    cluster_by: tuple[str, ...]
    change_feed: bool
    aged_by: str = ""
    follows: str = ""
    kept_because: str = ""


def _bronze(key: str, schema: StructType, erasure: Erasure, cluster_by: str, days: int) -> Table:
    """With a change feed, in which a reader can skip the rows that an erasure deleted; aged by the first column."""
    columns = tuple(cluster_by.split())
    return Table(tuple(key.split()), schema, "restricted", days, erasure, columns, change_feed=True, aged_by=columns[0])


def _collection(key: str, schema: StructType, aged_by: str) -> Table:
    """State of the collector."""
    return Table(tuple(key.split()), schema, "aggregate", 730, "exempt", (aged_by,), change_feed=False, aged_by=aged_by)


def _restricted(key: str, schema: StructType, aged_by: str = "", kept_because: str = "") -> Table:
    """Records of what was done with people's data."""
    return Table(
        tuple(key.split()), schema, "restricted", 3650, "exempt", (), False, aged_by=aged_by, kept_because=kept_because
    )


def _people(key: str, schema: StructType, aged_by: str) -> Table:
    return Table(
        tuple(key.split()), schema, "restricted", 730, "author_key", (aged_by,), change_feed=True, aged_by=aged_by
    )


def _silver(
    key: str, schema: StructType, erasure: Erasure, cluster_by: str, aged_by: str = "", follows: str = ""
) -> Table:
    return Table(tuple(key.split()), schema, "purpose", 730, erasure, (cluster_by,), True, aged_by, follows)


def _gold(
    key: str,
    schema: StructType,
    zone: Zone,
    erasure: Erasure,
    cluster_by: str = "brand",
    aged_by: str = "",
    follows: str = "",
) -> Table:
    return Table(tuple(key.split()), schema, zone, 730, erasure, (cluster_by,), True, aged_by, follows)


def _desk(key: str, schema: StructType, aged_by: str) -> Table:
    """Written without Spark, so not clustered."""
    return Table((key,), schema, "purpose", 730, "tweet_id", (), change_feed=True, aged_by=aged_by)


TABLES: dict[str, Table] = {
    "bronze.tweets": _bronze("topic partition offset", bronze.BRONZE_TWEETS, "offsets", "ingested_on ingested_at", 30),
    "bronze.compliance": _bronze("event_key", bronze.BRONZE_COMPLIANCE, "redacted", "ingested_at", 730),
    "bronze.collection_gaps": _collection("source gap_id", bronze.BRONZE_COLLECTION_GAPS, "settled_at"),
    "bronze.api_reads": _collection("source read_on written_at", bronze.BRONZE_API_READS, "read_on"),
    "silver.tweets": _silver("tweet_id", silver.SILVER_TWEETS, "tweet_id", "created_on", aged_by="observed_at"),
    "silver.tweet_entities": _silver(
        "tweet_id", silver.SILVER_TWEET_ENTITIES, "tweet_id", "created_on", follows=TWEETS
    ),
    "silver.rejected_tweets": _silver(
        "topic partition offset", silver.SILVER_REJECTED_TWEETS, "offsets", "rejected_at", aged_by="rejected_at"
    ),
    "silver.metric_observations": _silver(
        "topic partition offset", silver.SILVER_METRIC_OBSERVATIONS, "tweet_id", "observed_at", follows=TWEETS
    ),
    "restricted.author_identities": _people("author_key", restricted.RESTRICTED_AUTHOR_IDENTITIES, "seen_at"),
    "restricted.campaign_members": _people("campaign author_key", restricted.RESTRICTED_CAMPAIGN_MEMBERS, "started_at"),
    "restricted.audit_log": _restricted("occurred_at action", restricted.RESTRICTED_AUDIT_LOG, aged_by="occurred_at"),
    "silver.erased_records": Table(
        ("topic", "partition", "offset"),
        silver.SILVER_ERASED_RECORDS,
        "purpose",
        3650,
        "exempt",
        ("erased_at",),
        change_feed=True,
        aged_by="erased_at",
    ),
    "restricted.tombstones": _restricted(
        "subject subject_key kind cause_subject cause_key",
        restricted.RESTRICTED_TOMBSTONES,
        kept_because="erased data must not be re-ingested",
    ),
    "restricted.erasure_receipts": _restricted(
        "event_key", restricted.RESTRICTED_ERASURE_RECEIPTS, aged_by="erased_at"
    ),
    "gold.author_profiles": _gold(
        "brand author_key", gold.GOLD_AUTHOR_PROFILES, "purpose", "author_key", follows=TWEETS
    ),
    "gold.author_profile_history": _gold(
        "brand author_key run_id", gold.GOLD_AUTHOR_PROFILES, "purpose", "author_key", "as_of", aged_by="as_of"
    ),
    "ops.pipeline_state": Table(
        ("hop",),
        ops.OPS_PIPELINE_STATE,
        "aggregate",
        730,
        "exempt",
        ("hop",),
        change_feed=True,
        kept_because="one row per hop",
    ),
    "gold.author_segments": _gold(
        "brand author_key", segments.GOLD_AUTHOR_SEGMENTS, "purpose", "author_key", follows=TWEETS
    ),
    "gold.segments": _gold("brand segment_id", segments.GOLD_SEGMENTS, "aggregate", "recomputed", follows=TWEETS),
    "gold.segment_history": _gold(
        "brand segment_id measured_on",
        segments.GOLD_SEGMENT_HISTORY,
        "aggregate",
        "recomputed",
        aged_by="measured_on",
    ),
    "gold.segment_events": _gold(
        "brand run_id segment_id event",
        segments.GOLD_SEGMENT_EVENTS,
        "aggregate",
        "recomputed",
        aged_by="as_of",
    ),
    "gold.segment_fits": _gold("brand run_id", segments.GOLD_SEGMENT_FITS, "purpose", "recomputed", aged_by="as_of"),
    "gold.campaign_results": _gold(
        "campaign outcome", gold.GOLD_CAMPAIGN_RESULTS, "aggregate", "recomputed", aged_by="as_of"
    ),
    "gold.brand_trends": _gold(
        "brand window started_at", trends.GOLD_BRAND_TRENDS, "aggregate", "recomputed", aged_by="started_at"
    ),
    "gold.tweet_flags": _gold(
        "brand tweet_id", topics.GOLD_TWEET_FLAGS, "purpose", "tweet_id", "created_on", aged_by="created_on"
    ),
    "gold.cleaning_report": _gold(
        "brand created_on reason",
        topics.GOLD_CLEANING_REPORT,
        "aggregate",
        "recomputed",
        "created_on",
        aged_by="created_on",
    ),
    "gold.tweet_topics": _gold(
        "brand tweet_id", topics.GOLD_TWEET_TOPICS, "purpose", "tweet_id", "created_on", aged_by="created_on"
    ),
    "gold.topics": _gold("brand topic_id", topics.GOLD_TOPICS, "aggregate", "recomputed", follows=TWEETS),
    "gold.topic_events": _gold(
        "brand run_id topic_id event", topics.GOLD_TOPIC_EVENTS, "aggregate", "recomputed", aged_by="as_of"
    ),
    "gold.topic_trends": _gold(
        "brand topic_id window started_at", topics.GOLD_TOPIC_TRENDS, "aggregate", "recomputed", aged_by="started_at"
    ),
    "gold.alerts": Table(
        ("alert_id",),
        alerts.GOLD_ALERTS,
        "aggregate",
        730,
        "exempt",
        (),
        change_feed=False,
        aged_by="started_at",
    ),
    "gold.cascade_edges": _gold(
        "tweet_id", influence.GOLD_CASCADE_EDGES, "purpose", "tweet_id", "created_at", follows=TWEETS
    ),
    "gold.cascades": _gold("brand tweet_id", influence.GOLD_CASCADES, "purpose", "tweet_id", follows=TWEETS),
    "gold.influencers": _gold("brand author_key", influence.GOLD_INFLUENCERS, "purpose", "author_key", follows=TWEETS),
    "gold.model_drift": _gold(
        "created_on model_version",
        gold.GOLD_MODEL_DRIFT,
        "aggregate",
        "recomputed",
        "created_on",
        aged_by="created_on",
    ),
    "gold.ticket_candidates": _gold(
        "candidate_key", tickets.GOLD_TICKET_CANDIDATES, "purpose", "tweet_id", "created_on", follows=TWEETS
    ),
    "restricted.ticket_details": Table(
        ("tweet_id",),
        tickets.RESTRICTED_TICKET_DETAILS,
        "restricted",
        90,
        "tweet_id",
        ("created_on",),
        change_feed=True,
        aged_by="extracted_at",
    ),
    "gold.ticket_events": _desk("event_key", tickets.GOLD_TICKET_EVENTS, "occurred_at"),
    "gold.feedback": _desk("feedback_key", tickets.GOLD_FEEDBACK, "corrected_at"),
}


def table_path(settings: Settings, name: str) -> str:
    """The table's folder; KeyError for a table that is not in the map."""
    if name not in TABLES:
        raise KeyError(f"{name} is not in conf/tables.py; known: {', '.join(sorted(TABLES))}")
    return lake_folder(settings, name)


def on_key(name: str, columns: tuple[str, ...] = ()) -> str:
    """The MERGE condition that matches a row `s` to the row `t` of the table by its key, or by `columns`."""
    return " AND ".join(f"t.{column} = s.{column}" for column in columns or TABLES[name].key)


def checkpoint_path(settings: Settings, query: str) -> str:
    """The checkpoint of a streaming query; query, hop and checkpoint share one name."""
    return f"{settings.lake.checkpoints}/{query}"
