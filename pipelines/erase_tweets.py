"""bronze.compliance -> every table and store: what X says is gone goes, and may not come back (docs/erasure.md).

A run does `STEPS`, in order. Each may be repeated, and what a notice names stays in bronze.compliance until all of
them are done: a run that is killed anywhere is made good by the next one. The bytes go later, in purge_files.

Every run also looks for what came back since the last one: a batch of the stream that was under way, a hop that follows
silver, a replay in bronze. Rows are found by HMAC against restricted.tombstones, so no id is needed for that.
"""

import logging
from collections.abc import Callable

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas import OFFSETS, ORIGIN
from conf.settings import Settings
from conf.tables import TABLES
from models.erasure_receipts import REMOVED_MERGED, build_claims, build_receipts
from models.pseudonyms import with_keys
from models.tombstones import AUTHOR, SCRUBBED, build_tombstones, spread_tombstones, with_scrubbed_references
from pipelines.sinks.lake import Merge, create_table, delete_rows, merge_columns, merge_rows, update_rows
from pipelines.sinks.mongo_erasure import erase_documents
from pipelines.sources.collector_erasure import forget_ids, held_keys
from pipelines.sources.compliance_subjects import LIFTING, UNKNOWN, lifted_kind
from pipelines.sources.erasure_work import NOTICES, RECEIPTS, TOMBSTONES, Work
from pipelines.sources.payload_ids import named_ids

logger = logging.getLogger("brandpulse.erase_tweets")

ERASED, SILVER = "silver.erased_records", "silver.tweets"
NAMING = ("tweet_id", "author_id", "payload")


def run(spark: SparkSession, settings: Settings, options: Options) -> int:
    """Do every step; returns how many notices were done. `--dry-run` says how many there are, and writes nothing."""
    # Small frames of known shape, joined by broadcast: re-planning between stages costs more than it finds.
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    for name in (NOTICES, TOMBSTONES, RECEIPTS, ERASED):
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
    near = spread_tombstones(silver, work.keys, work.read(TOMBSTONES)).persist()
    _merge_tombstones(work, near.unionByName(spread_tombstones(silver, work.keys, near)))
    near.unpersist()


def open_receipts(work: Work) -> None:
    """What will go, before it goes."""
    found = {name: (rows, list(TABLES[name].key)) for name, rows in work.found.items()}
    claims = build_claims(work.subjects, work.read(TOMBSTONES))
    receipts = build_receipts(work.notices, work.subjects, claims, found).persist()
    merge_rows(receipts, work.settings, RECEIPTS, Merge("true", {"removed": REMOVED_MERGED}))
    receipts.unpersist()


def count_records(work: Work) -> None:
    """Where the erased records stood, so that the equation of the input goes on balancing."""
    lost = [work.records.where("is_own OR is_rejected")]
    lost += [rows for rows in work.found.values() if set(ORIGIN) <= set(rows.columns)]
    for rows in lost:
        each = rows.select(*ORIGIN).dropDuplicates([*OFFSETS]).withColumn("erased_at", F.current_timestamp()).persist()
        merge_rows(each, work.settings, ERASED, Merge())
        each.unpersist()


def delete_found(work: Work) -> None:
    """The rows themselves, table by table."""
    for name, rows in work.found.items():
        count = rows.count()
        if count:
            delete_rows(rows, work.settings, name)
            logger.info("%s: %d rows erased", name, count)


def scrub_silver(work: Work) -> None:
    """Tweets that stay lose what they say of the erased ones, and places that are scrubbed."""
    rows = with_scrubbed_references(work.read(SILVER), work.keys, work.index).persist()
    count = rows.count()
    if count:
        merge_columns(rows, work.settings, SILVER, "t.tweet_id = s.tweet_id", "true", SCRUBBED)
        logger.info("%s: %d rows name nothing erased any more", SILVER, count)
    rows.unpersist()


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
        met = frame.join(work.index.where("is_erased AND subject = 'tweet'"), "subject_key", "left_semi").collect()
        forget_ids(work.settings, [held[row["subject_key"]] for row in met])


def lift_tombstones(work: Work) -> None:
    """What X took back may come again: everything that older notices of that kind about the same subject caused."""
    columns = ("kind", "subject", "subject_key", "event_at")
    undone = work.read(RECEIPTS).select(*columns).unionByName(work.subjects.select(*columns))
    lifts = undone.select(*columns[1:], lifted_kind(F.col("kind")).alias("lifted")).where("lifted IS NOT NULL")
    newest = lifts.groupBy("subject", "subject_key", "lifted").agg(F.max("event_at").alias("undone_at"))
    met = work.read(TOMBSTONES).join(
        newest.select(
            F.col("subject").alias("cause_subject"), F.col("subject_key").alias("cause_key"),
            F.col("lifted").alias("kind"), "undone_at",
        ),
        ["cause_subject", "cause_key", "kind"],
    )  # fmt: skip
    rows = met.where("event_at <= undone_at").persist()
    if not rows.isEmpty():
        delete_rows(rows, work.settings, TOMBSTONES)
    rows.unpersist()


def redact_notices(work: Work) -> None:
    """A notice that is done names nobody any more; one of no known kind only when it names what is erased."""
    named = (
        work.read(NOTICES)
        .where(F.col("kind") == UNKNOWN)
        .select("event_key", F.explode(named_ids(F.col("payload"))).alias("id"))
    )
    erased = work.index.where("is_erased").select("subject_key")
    unknown = with_keys(named, work.keys, {"subject_key": "id"}).join(F.broadcast(erased), "subject_key")
    done = work.notices.where(F.col("kind") != UNKNOWN).select("event_key")
    nothing = {name: F.lit(None).cast("string") for name in NAMING}
    rows = done.unionByName(unknown.select("event_key")).distinct().withColumns(nothing)
    rows = rows.withColumn("position", F.col("event_key")).persist()
    merge_columns(
        rows, work.settings, NOTICES, "t.event_key = s.event_key", "t.payload IS NOT NULL", (*NAMING, "position")
    )
    rows.unpersist()


def close_receipts(work: Work) -> None:
    """Everything is deleted; the files wait for purge_files."""
    now: dict[str, str | Column] = {"erased_at": "current_timestamp()"}
    update_rows(work.spark, work.settings, RECEIPTS, "erased_at IS NULL", now)


STEPS: tuple[Callable[[Work], None], ...] = (
    write_tombstones,
    open_receipts,
    count_records,
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
    sets: dict[str, str | Column] = {name: F.expr(f"greatest(t.{name}, s.{name})") for name in times}
    gains = " OR ".join(f"coalesce(s.{name} > t.{name}, false)" for name in times)
    if not kept.isEmpty():
        merge_rows(kept, work.settings, TOMBSTONES, Merge(gains, sets))
    kept.unpersist()
