"""bronze.compliance -> every table and store: deletes what X reports as deleted and blocks it.

docs/explanation/erasure.md describes the steps. A run does `STEPS` in order. Each may be repeated, and
bronze.compliance keeps the ids of a notice until all steps are done, so the next run completes one that was killed.
purge_files deletes the bytes later. Each run also looks for data that was re-ingested since the last one: by a running
stream batch, by a hop that follows silver, by a replay into bronze. Rows are found by HMAC against
restricted.tombstones, which needs no id.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property, reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.privacy import AUTHOR
from conf.schemas.shapes import OFFSETS, ORIGIN
from conf.settings import Settings
from conf.tables import TABLES, on_key
from models.privacy.erased_rows import REDACTED, find_named, find_records, find_rows, keep_columns, redact_events
from models.privacy.erasure_receipts import REMOVED_MERGED, build_claims, build_receipts, build_recheck_receipt
from models.privacy.pseudonyms import build_key_frame, with_keys
from models.privacy.tombstones import (
    SCRUBBED,
    build_index,
    build_tombstones,
    keep_lifted,
    merge_expressions,
    spread_to_newest,
    spread_tombstones,
    with_scrubbed_references,
)
from pipelines.sinks.lake import Merge, create_table, delete_rows, merge_columns, merge_rows, update_rows
from pipelines.sinks.privacy.audit import record_erased
from pipelines.sinks.privacy.mongo_erasure import erase_documents
from pipelines.sinks.spark_conf import WITHOUT_ADAPTIVE_EXECUTION, spark_conf
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.collector.erasure import read_id_keys, replace_ids
from pipelines.sources.compliance_subjects import LIFTING, UNKNOWN, lifted_kind, parse_subjects
from pipelines.sources.lake import read_table, table_exists
from pipelines.sources.payloads.ids import find_named_ids, named_ids
from pipelines.sources.payloads.parser import parse_payloads

logger = logging.getLogger("brandpulse.erase_tweets")

NOTICES, TOMBSTONES, RECEIPTS = "bronze.compliance", "restricted.tombstones", "restricted.erasure_receipts"
ERASED, SILVER, RECORDS = "silver.erased_records", "silver.tweets", "bronze.tweets"
HISTORY, INFLUENCERS = "gold.author_profile_history", "gold.influencers"
REACHED = ("tweet_id", "author_key", "author_id", "offsets")


class ErasureRun:
    """One run: the open notices, their subjects, and the rows found for them."""

    def __init__(self, spark: SparkSession, settings: Settings, options: Options) -> None:
        self.spark, self.settings, self.options = spark, settings, options
        self.keys = build_key_frame(spark, *read_secrets(spark, settings))
        done = self.read(RECEIPTS).where("erased_at IS NOT NULL").select("event_key")
        open_notices = self.read(NOTICES).where("payload IS NOT NULL")
        self.notices = open_notices.join(done, "event_key", how="left_anti").persist()
        ids = {"subject_key": "subject_id", "newest_key": "newest_id"}
        self.subjects = with_keys(parse_subjects(self.notices), self.keys, ids).drop(*ids.values()).persist()
        self.notice_count = self.notices.count()

    def read(self, name: str) -> DataFrame:
        return read_table(self.spark, self.settings, name)

    @cached_property
    def index(self) -> DataFrame:
        """Every subject that is blocked."""
        return self.read(TOMBSTONES).transform(build_index).persist()

    @cached_property
    def records(self) -> DataFrame:
        """Records of bronze that name a blocked subject; without open notices only of the last `recheck_days`."""
        since = self.options.as_of - timedelta(days=self.settings.erase_tweets.recheck_days)
        is_whole = self.options.full or self.notice_count > 0
        bronze = self.read(RECORDS).where(F.lit(is_whole) | (F.col("ingested_on") >= F.lit(since.date())))
        named = find_named(find_named_ids(bronze), self.keys, self.index).persist()
        met = bronze.join(F.broadcast(named.select(*OFFSETS).distinct()), [*OFFSETS], how="left_semi")
        found = find_records(named, parse_payloads(met, self.settings.annotate_tweets), self.keys, self.index)
        # A record of a tweet that stays must be observed first, else the reconciliation would miss it.
        seen = self.read("silver.metric_observations").select(*OFFSETS, F.lit(True).alias("is_seen"))
        return found.join(seen, [*OFFSETS], how="left").where("is_own OR is_rejected OR is_seen").persist()

    @cached_property
    def scrubbed(self) -> DataFrame:
        """Tweets that stay, without references to erased ones and without scrubbed places."""
        kept = self.read(SILVER).join(F.broadcast(self.found[SILVER].select("tweet_id")), "tweet_id", how="left_anti")
        return with_scrubbed_references(kept, self.keys, self.index).persist()

    @cached_property
    def found(self) -> dict[str, DataFrame]:
        """By table, the rows to delete: [*key, subject, subject_key], and their origin.

        bronze.tweets comes last: after a kill its records are needed to find the other rows again.
        """
        names = sorted((n for n, table in TABLES.items() if table.erasure in REACHED), key=lambda n: n == RECORDS)
        existing = [name for name in names if table_exists(self.spark, self.settings, name)]
        return {name: self.find(name, self.read(name)).persist() for name in existing}

    def find(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows to delete among `rows` of the table `name`."""
        found = find_rows(rows, TABLES[name].erasure, self.keys, self.index, self.records)
        return keep_columns(found, TABLES[name].key, [*ORIGIN])


def run(spark: SparkSession, settings: Settings, options: Options) -> int:
    """Do every step; returns the number of notices done. `--dry-run` counts the open ones and writes nothing."""
    if not options.dry_run:
        for name in (NOTICES, TOMBSTONES, RECEIPTS, ERASED, SILVER, HISTORY):
            create_table(spark, settings, name)
    with spark_conf(spark, WITHOUT_ADAPTIVE_EXECUTION):
        erasure = ErasureRun(spark, settings, options)
        log_notices(erasure)
        if not options.dry_run and (erasure.notice_count or not erasure.read(TOMBSTONES).isEmpty()):
            for step in STEPS:
                step(erasure)
        return erasure.notice_count


def log_notices(erasure: ErasureRun) -> None:
    kinds = {row["kind"]: row["count"] for row in erasure.notices.groupBy("kind").count().orderBy("kind").collect()}
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    logger.info("%d open notices: %s", erasure.notice_count, listed or "none")
    if kinds.get(UNKNOWN):
        logger.warning("%d notices are of an unknown kind: nothing is erased for them", kinds[UNKNOWN])


def write_tombstones(erasure: ErasureRun) -> None:
    """First, so that the stream blocks them; cascades to an author's tweets and all versions, then to retweets."""
    _merge_tombstones(erasure, build_tombstones(erasure.subjects.where(~F.col("kind").isin(*LIFTING))))
    silver = erasure.read(SILVER)
    own = erasure.read(TOMBSTONES)
    near = spread_tombstones(silver, erasure.keys, own).unionByName(spread_to_newest(own)).persist()
    _merge_tombstones(erasure, near.unionByName(spread_tombstones(silver, erasure.keys, near)))
    near.unpersist()


def open_receipts(erasure: ErasureRun) -> None:
    """Count the rows before they are deleted; without a notice, re-ingested rows get a receipt of kind `recheck`."""
    found = {name: (rows, list(TABLES[name].key)) for name, rows in erasure.found.items()}
    if erasure.notice_count:
        claims = build_claims(erasure.subjects, erasure.read(TOMBSTONES))
        receipts = build_receipts(erasure.notices, erasure.subjects, claims, found).persist()
    else:
        found[f"{SILVER} (scrubbed)"] = (erasure.scrubbed, ["tweet_id"])
        receipts = build_recheck_receipt(found, f"recheck {erasure.options.run_id}").persist()
    merge_rows(receipts, erasure.settings, RECEIPTS, Merge("true", {"removed": REMOVED_MERGED}))
    receipts.unpersist()


def count_records(erasure: ErasureRun) -> None:
    """Record the origins of erased records, so that the input still reconciles."""
    lost = [erasure.records.where("is_own OR is_rejected")]
    lost += [rows for rows in erasure.found.values() if set(ORIGIN) <= set(rows.columns)]
    record_erased(reduce(DataFrame.unionByName, (rows.select(*ORIGIN) for rows in lost)), erasure.settings)


def delete_found(erasure: ErasureRun) -> None:
    for name, rows in erasure.found.items():
        count = rows.count()
        if count:
            delete_rows(rows, erasure.settings, name)
            logger.info("%s: %d rows erased", name, count)


def delete_states_of_erased(erasure: ErasureRun) -> None:
    """Before the tweets that name the authors are deleted; the next runs add the newest state and the ranking."""
    tweets = erasure.scrubbed.select("tweet_id").unionByName(erasure.found[SILVER].select("tweet_id"))
    authors = erasure.read(SILVER).join(F.broadcast(tweets), "tweet_id", how="left_semi")
    delete_rows(authors, erasure.settings, HISTORY, by=("author_key",))
    if table_exists(erasure.spark, erasure.settings, INFLUENCERS):
        delete_rows(authors, erasure.settings, INFLUENCERS, by=("author_key",))


def scrub_silver(erasure: ErasureRun) -> None:
    count = erasure.scrubbed.count()
    if count:
        merge_columns(erasure.scrubbed, erasure.settings, SILVER, on_key(SILVER), "true", SCRUBBED)
        logger.info("%s: references to erased data removed from %d rows", SILVER, count)


def erase_served(erasure: ErasureRun) -> None:
    """Delete the documents of erased authors; the next refresh recomputes the aggregates."""
    authors = erasure.index.where((F.col("subject") == AUTHOR) & F.col("is_erased"))
    if not authors.isEmpty():
        count = erase_documents(authors.select(F.col("subject_key").alias("author_key")), erasure.settings)
        logger.info("%d documents erased from MongoDB", count)


def forget_positions(erasure: ErasureRun) -> None:
    """Erase ids from the collector's own state."""
    ids = read_id_keys(erasure.settings)
    if ids:
        keys = erasure.spark.createDataFrame([(key,) for key in ids], "subject_key string")
        erased = erasure.index.where("is_erased AND subject = 'tweet'")
        matching = keys.join(erased, "subject_key", how="left_semi").collect()
        replace_ids(erasure.settings, [ids[row["subject_key"]] for row in matching])


def lift_tombstones(erasure: ErasureRun) -> None:
    """Lift what X revoked: all tombstones that older notices of that kind about the same subject caused."""
    columns = ("subject", "subject_key", "event_at", lifted_kind(F.col("kind")).alias("lifted"))
    undone = erasure.read(RECEIPTS).select(*columns).unionByName(erasure.subjects.select(*columns))
    delete_rows(keep_lifted(erasure.read(TOMBSTONES), undone.where("lifted IS NOT NULL")), erasure.settings, TOMBSTONES)


def redact_notices(erasure: ErasureRun) -> None:
    """Remove the ids from notices that are done, and from notices of an unknown kind that name erased subjects."""
    unknown = erasure.read(NOTICES).where(F.col("kind") == UNKNOWN)
    named = unknown.select("event_key", F.explode(named_ids(F.col("payload"))).alias("id"))
    erased = erasure.index.where("is_erased").select("subject_key")
    hit = with_keys(named, erasure.keys, {"subject_key": "id"}).join(F.broadcast(erased), "subject_key", how="inner")
    done = erasure.notices.where(F.col("kind") != UNKNOWN).select("event_key")
    rows = redact_events(done.unionByName(hit.select("event_key")).distinct()).persist()
    merge_columns(rows, erasure.settings, NOTICES, on_key(NOTICES), "t.payload IS NOT NULL", REDACTED)
    rows.unpersist()


def close_receipts(erasure: ErasureRun) -> None:
    """All rows are deleted; purge_files deletes the files."""
    now: dict[str, str | Column] = {"erased_at": "current_timestamp()"}
    update_rows(erasure.spark, erasure.settings, RECEIPTS, "erased_at IS NULL", now)


STEPS: tuple[Callable[[ErasureRun], None], ...] = (
    write_tombstones,
    open_receipts,
    count_records,
    delete_states_of_erased,
    delete_found,
    scrub_silver,
    erase_served,
    forget_positions,
    lift_tombstones,
    redact_notices,
    close_receipts,
)


def _merge_tombstones(erasure: ErasureRun, rows: DataFrame) -> None:
    tombstones = rows.dropDuplicates([*TABLES[TOMBSTONES].key]).persist()
    if not tombstones.isEmpty():
        merge_rows(tombstones, erasure.settings, TOMBSTONES, Merge(*merge_expressions()))
    tombstones.unpersist()
