"""bronze.compliance -> every table and store: what X says is gone goes, and may not come back (docs/erasure.md).

A run does `STEPS`, in order. Each may be repeated, and what a notice names stays in bronze.compliance until all of
them are done: a run that is killed anywhere is made good by the next one. The bytes go later, in purge_files.

Every run also looks for what came back since the last one: a batch of the stream that was under way, a hop that follows
silver, a replay in bronze. Rows are found by HMAC against restricted.tombstones, so no id is needed for that.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property, reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.privacy import AUTHOR
from conf.schemas import OFFSETS, ORIGIN
from conf.settings import Settings
from conf.tables import TABLES, on_key
from models.privacy.erased_rows import find_named, find_records, find_rows, keep_columns
from models.privacy.erasure_receipts import REMOVED_MERGED, build_claims, build_receipts, build_recheck_receipt
from models.privacy.pseudonyms import build_key_frame, with_keys
from models.privacy.tombstones import (
    SCRUBBED,
    build_index,
    build_tombstones,
    keep_lifted,
    spread_to_newest,
    spread_tombstones,
    with_scrubbed_references,
)
from pipelines.sinks.audit import record_erased
from pipelines.sinks.lake import Merge, create_table, delete_rows, merge_columns, merge_rows, update_rows
from pipelines.sinks.mongo_erasure import erase_documents
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.collector.erasure import forget_ids, held_keys
from pipelines.sources.compliance_subjects import LIFTING, UNKNOWN, lifted_kind, parse_subjects
from pipelines.sources.lake import read_table, table_exists
from pipelines.sources.payloads.ids import find_named_ids, named_ids
from pipelines.sources.payloads.parser import parse_payloads

logger = logging.getLogger("brandpulse.erase_tweets")

NOTICES, TOMBSTONES, RECEIPTS = "bronze.compliance", "restricted.tombstones", "restricted.erasure_receipts"
ERASED, SILVER, RECORDS = "silver.erased_records", "silver.tweets", "bronze.tweets"
HISTORY = "gold.author_profile_history"
REACHED = ("tweet_id", "author_key", "author_id", "offsets")
NAMING = ("tweet_id", "author_id", "payload")


class Work:
    """One run: the notices that are not done, whom they are about, and what of it is found where."""

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
        """Every subject that is kept out."""
        return self.read(TOMBSTONES).transform(build_index).persist()

    @cached_property
    def records(self) -> DataFrame:
        """Records of bronze that name one. Without a new notice only those that came lately are looked through."""
        since = self.options.as_of - timedelta(days=self.settings.erase_tweets.recheck_days)
        is_whole = self.options.full or self.notice_count > 0
        bronze = self.read(RECORDS).where(F.lit(is_whole) | (F.col("ingested_on") >= F.lit(since.date())))
        named = find_named(find_named_ids(bronze), self.keys, self.index).persist()
        met = bronze.join(F.broadcast(named.select(*OFFSETS).distinct()), [*OFFSETS], how="left_semi")
        found = find_records(named, parse_payloads(met, self.settings.annotate_tweets), self.keys, self.index)
        # A record of a tweet that stays has to be counted first, else it would be missing in the equation.
        seen = self.read("silver.metric_observations").select(*OFFSETS, F.lit(True).alias("is_seen"))
        return found.join(seen, [*OFFSETS], how="left").where("is_own OR is_rejected OR is_seen").persist()

    @cached_property
    def scrubbed(self) -> DataFrame:
        """Tweets that stay, without what they say of the erased ones and places that are hidden."""
        kept = self.read(SILVER).join(F.broadcast(self.found[SILVER].select("tweet_id")), "tweet_id", how="left_anti")
        return with_scrubbed_references(kept, self.keys, self.index).persist()

    @cached_property
    def found(self) -> dict[str, DataFrame]:
        """Of every table that there is, the rows that go: [*key, subject, subject_key], and their origin.

        The records of bronze come last: by them the others are found, again after a kill.
        """
        names = sorted((n for n, table in TABLES.items() if table.erasure in REACHED), key=lambda n: n == RECORDS)
        there = [name for name in names if table_exists(self.spark, self.settings, name)]
        return {name: self.find(name, self.read(name)).persist() for name in there}

    def find(self, name: str, rows: DataFrame) -> DataFrame:
        """Those of `rows` of the table `name` that go."""
        gone = find_rows(rows, TABLES[name].erasure, self.keys, self.index, self.records)
        return keep_columns(gone, TABLES[name].key, [*ORIGIN])


def run(spark: SparkSession, settings: Settings, options: Options) -> int:
    """Do every step; returns how many notices were done. `--dry-run` says how many there are, and writes nothing."""
    # Small frames of known shape, joined by broadcast: re-planning between stages costs more than it finds.
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    if not options.dry_run:
        for name in (NOTICES, TOMBSTONES, RECEIPTS, ERASED, SILVER, HISTORY):
            create_table(spark, settings, name)
    work = Work(spark, settings, options)
    kinds = {row["kind"]: row["count"] for row in work.notices.groupBy("kind").count().orderBy("kind").collect()}
    logger.info(
        "%d notices to follow: %s", work.notice_count, ", ".join(f"{n} {k}" for k, n in kinds.items()) or "none"
    )
    if kinds.get(UNKNOWN):
        logger.warning("%d notices are of no kind that we know: nothing is erased for them", kinds[UNKNOWN])
    if not options.dry_run and (work.notice_count or not work.read(TOMBSTONES).isEmpty()):
        for step in STEPS:
            step(work)
    return work.notice_count


def write_tombstones(work: Work) -> None:
    """First of all, so that the stream lets nothing in that is being deleted; then what goes along: an author's tweets
    and other versions, then the retweets of those. Nothing is caused from farther away."""
    _merge_tombstones(work, build_tombstones(work.subjects.where(~F.col("kind").isin(*LIFTING))))
    silver = work.read(SILVER)
    own = work.read(TOMBSTONES)
    near = spread_tombstones(silver, work.keys, own).unionByName(spread_to_newest(own)).persist()
    _merge_tombstones(work, near.unionByName(spread_tombstones(silver, work.keys, near)))
    near.unpersist()


def open_receipts(work: Work) -> None:
    """What will go, before it goes. What came back goes without a notice: its bytes have a receipt of their own."""
    found = {name: (rows, list(TABLES[name].key)) for name, rows in work.found.items()}
    if work.notice_count:
        claims = build_claims(work.subjects, work.read(TOMBSTONES))
        receipts = build_receipts(work.notices, work.subjects, claims, found).persist()
    else:
        found[f"{SILVER} (scrubbed)"] = (work.scrubbed, ["tweet_id"])
        receipts = build_recheck_receipt(found, f"recheck {work.options.run_id}").persist()
    merge_rows(receipts, work.settings, RECEIPTS, Merge("true", {"removed": REMOVED_MERGED}))
    receipts.unpersist()


def count_records(work: Work) -> None:
    """Where the erased records stood, so that the equation of the input goes on balancing."""
    lost = [work.records.where("is_own OR is_rejected")]
    lost += [rows for rows in work.found.values() if set(ORIGIN) <= set(rows.columns)]
    record_erased(reduce(DataFrame.unionByName, (rows.select(*ORIGIN) for rows in lost)), work.settings)


def delete_found(work: Work) -> None:
    """The rows themselves, table by table."""
    for name, rows in work.found.items():
        count = rows.count()
        if count:
            delete_rows(rows, work.settings, name)
            logger.info("%s: %d rows erased", name, count)


def forget_states(work: Work) -> None:
    """States of profiles that were made of what goes, while the tweets tell whose; profile_authors adds the newest."""
    tweets = work.scrubbed.select("tweet_id").unionByName(work.found[SILVER].select("tweet_id"))
    authors = work.read(SILVER).join(F.broadcast(tweets), "tweet_id", how="left_semi")
    delete_rows(authors, work.settings, HISTORY, by=("author_key",))


def scrub_silver(work: Work) -> None:
    """Tweets that stay lose what they say of the erased ones, and places that are scrubbed."""
    count = work.scrubbed.count()
    if count:
        merge_columns(work.scrubbed, work.settings, SILVER, on_key(SILVER), "true", SCRUBBED)
        logger.info("%s: %d rows name nothing erased any more", SILVER, count)


def erase_served(work: Work) -> None:
    """Authors that are gone leave the document store at once; what is computed anew follows with the next refresh."""
    authors = work.index.where((F.col("subject") == AUTHOR) & F.col("is_erased"))
    if not authors.isEmpty():
        gone = erase_documents(authors.select(F.col("subject_key").alias("author_key")), work.settings)
        logger.info("%d documents erased from MongoDB", gone)


def forget_positions(work: Work) -> None:
    """The collector's own notes."""
    held = held_keys(work.settings)
    if held:
        frame = work.spark.createDataFrame([(key,) for key in held], "subject_key string")
        met = frame.join(work.index.where("is_erased AND subject = 'tweet'"), "subject_key", how="left_semi").collect()
        forget_ids(work.settings, [held[row["subject_key"]] for row in met])


def lift_tombstones(work: Work) -> None:
    """What X took back may come again: everything that older notices of that kind about the same subject caused."""
    columns = ("subject", "subject_key", "event_at", lifted_kind(F.col("kind")).alias("lifted"))
    undone = work.read(RECEIPTS).select(*columns).unionByName(work.subjects.select(*columns))
    delete_rows(keep_lifted(work.read(TOMBSTONES), undone.where("lifted IS NOT NULL")), work.settings, TOMBSTONES)


def redact_notices(work: Work) -> None:
    """A notice that is done names nobody any more; one of no known kind only when it names what is erased."""
    unknown = work.read(NOTICES).where(F.col("kind") == UNKNOWN)
    named = unknown.select("event_key", F.explode(named_ids(F.col("payload"))).alias("id"))
    erased = work.index.where("is_erased").select("subject_key")
    hit = with_keys(named, work.keys, {"subject_key": "id"}).join(F.broadcast(erased), "subject_key", how="inner")
    done = work.notices.where(F.col("kind") != UNKNOWN).select("event_key")
    emptied = {name: F.lit(None).cast("string") for name in NAMING} | {"position": F.col("event_key")}
    rows = done.unionByName(hit.select("event_key")).distinct().withColumns(emptied).persist()
    merge_columns(rows, work.settings, NOTICES, on_key(NOTICES), "t.payload IS NOT NULL", tuple(emptied))
    rows.unpersist()


def close_receipts(work: Work) -> None:
    """Everything is deleted; the files wait for purge_files."""
    now: dict[str, str | Column] = {"erased_at": "current_timestamp()"}
    update_rows(work.spark, work.settings, RECEIPTS, "erased_at IS NULL", now)


STEPS: tuple[Callable[[Work], None], ...] = (
    write_tombstones,
    open_receipts,
    count_records,
    forget_states,
    delete_found,
    scrub_silver,
    erase_served,
    forget_positions,
    lift_tombstones,
    redact_notices,
    close_receipts,
)


def _merge_tombstones(work: Work, rows: DataFrame) -> None:
    """A newer notice of the same kind moves the time up, for an older undoing does not lift it."""
    kept = rows.dropDuplicates([*TABLES[TOMBSTONES].key]).persist()
    times = ("event_at", "scrubbed_until")
    later = {name: F.expr(f"greatest(t.{name}, s.{name})") for name in times}
    gains = " OR ".join(f"coalesce(s.{name} > t.{name}, false)" for name in times)
    if not kept.isEmpty():
        merge_rows(kept, work.settings, TOMBSTONES, Merge(gains, {**later, "newest_key": "s.newest_key"}))
    kept.unpersist()
