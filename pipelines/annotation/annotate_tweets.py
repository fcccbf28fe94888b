"""tweets.raw.v1 -> silver.tweets, silver.rejected_tweets: parse or reject, merge, mask, pseudonymise, score.

One batch: records -> parsed rows (good, with a reason, or erased: these are counted in silver.erased_records and go no
further) -> one row a tweet -> texts scored once each -> one MERGE.
What needs no knowledge of the batch stands in the stream itself, which Spark analyses once; on two cores the planning
of a small batch costs more than its rows, so what a batch does not need (repeats, known tweets) is not planned for it.
A batch may arrive twice: both writes carry the batch's number and change nothing the second time.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from conf.schemas import OFFSETS, SCORED_COLUMNS, SILVER_REJECTED_TWEETS
from conf.settings import Settings
from models.annotation.annotator import Annotator, load_annotator, score_texts
from models.annotation.observations import keep_single_observations, merge_expressions, summarise_observations
from models.annotation.text.languages import is_scorable, language_column
from models.annotation.text.normaliser import mask_text_column
from models.privacy.pseudonyms import build_key_frame, with_author_keys
from models.privacy.tombstones import KEYED, Tombstones, with_erasure
from pipelines.sinks.lake import Batch, Merge, append_rows, create_table, merge_rows, on_days, update_rows
from pipelines.sinks.pipeline_state import record_secrets
from pipelines.sinks.streams import start_batches
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.kafka import read_topic_stream
from pipelines.sources.lake import read_table
from pipelines.sources.payloads.parser import parse_payloads

logger = logging.getLogger("brandpulse.annotate_tweets")

_SCORES = ("text_hash", *SCORED_COLUMNS)
_IS_GOOD = "reason IS NULL AND NOT is_erased"


@dataclass(frozen=True)
class Tools:
    """What every batch needs and is made once: settings, the loaded annotator, the keys' frame, what was erased."""

    settings: Settings
    annotator: Annotator
    keys: DataFrame
    tombstones: Tombstones


@dataclass(frozen=True)
class Census:
    """What a batch holds: records erased, rejected, good, distinct tweets among the good, and their days in order."""

    erased: int
    rejected: int
    good: int
    distinct: int
    days: list[date]


def start(spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery:
    """Start the query; the annotator is loaded once, here."""
    tools = build_tools(spark, settings)
    prepared = prepare_records(read_topic_stream(spark, settings, settings.kafka.tweets_topic), tools)
    write = partial(write_batch, tools=tools, app="annotate_tweets")
    return start_batches(prepared, settings, "annotate_tweets", write, once=once)


def rebuild(
    spark: SparkSession, settings: Settings, since: datetime | None, until: datetime | None, run_id: int
) -> int:
    """Parse and score again what bronze received in [since, until), an hour at a time; returns the records read.

    The same records give the same rows: a rebuild of what is already there changes nothing.
    """
    tools = build_tools(spark, settings)
    bronze = read_table(spark, settings, "bronze.tweets").where(
        (F.col("kafka_at") >= F.lit(since or datetime(1971, 1, 1, tzinfo=UTC)))
        & (F.col("kafka_at") < F.lit(until or datetime(9999, 1, 1, tzinfo=UTC)))
    )
    hours = [row["hour"] for row in bronze.select(F.date_trunc("hour", "kafka_at").alias("hour")).distinct().collect()]
    total = 0
    for number, hour in enumerate(sorted(hours)):
        chunk = bronze.where(F.date_trunc("hour", "kafka_at") == F.lit(hour))
        total += write_batch(prepare_records(chunk, tools), number, tools=tools, app=f"rebuild_tweets-{run_id}")
        logger.info("rebuilt %s, %d records so far", hour.replace(tzinfo=UTC).isoformat(), total)
    return total


def redrive(spark: SparkSession, settings: Settings, run_id: int, *, dry_run: bool) -> tuple[int, int]:
    """Try again every reject that is still open: (tried, mended). A mended one keeps its row, with `redriven_at`."""
    open_rejects = read_table(spark, settings, "silver.rejected_tweets").where("redriven_at IS NULL")
    tried = open_rejects.count()
    if not tried:
        return 0, 0
    records = read_table(spark, settings, "bronze.tweets").join(open_rejects, [*OFFSETS], "left_semi")
    tools = build_tools(spark, settings)
    prepared = prepare_records(records, tools).persist()
    good = prepared.where("reason IS NULL")
    mended = [tuple(row) for row in good.select(*OFFSETS).collect()]
    if mended and not dry_run:
        write_batch(good, 0, tools=tools, app=f"redrive_rejected-{run_id}")
        chosen = " OR ".join(f"(topic = '{t}' AND partition = {p} AND offset = {o})" for t, p, o in mended)
        update_rows(spark, settings, "silver.rejected_tweets", chosen, {"redriven_at": "current_timestamp()"})
    prepared.unpersist()
    return tried, len(mended)


def build_tools(spark: SparkSession, settings: Settings) -> Tools:
    """Create the tables, load the annotator, make the frame of keys."""
    for name in ("silver.tweets", "silver.rejected_tweets", "silver.erased_records"):
        create_table(spark, settings, name)
    secrets = read_secrets(spark, settings)
    record_secrets(spark, settings, secrets)
    keys = build_key_frame(spark, *secrets)
    read = partial(read_table, spark, settings, "restricted.tombstones")
    tombstones = Tombstones(read, settings.erase_tweets.tombstones_seconds)
    return Tools(settings, load_annotator(settings, spark), keys, tombstones)


def prepare_records(records: DataFrame, tools: Tools) -> DataFrame:
    """Kafka or bronze records -> parsed rows, good or with a reason, keyed and masked: plain ids and names end here."""
    parsed = parse_payloads(records, tools.settings.annotate_tweets)
    return parsed.transform(lambda df: with_keys(df, tools.keys)).transform(with_masked_text).transform(with_language)


def write_batch(prepared: DataFrame, batch_id: int, *, tools: Tools, app: str) -> int:
    """Write one batch of prepared rows to both tables; returns their number."""
    # Small batches of known shape: re-planning between stages costs more than it finds.
    prepared.sparkSession.conf.set("spark.sql.adaptive.enabled", "false")
    known = with_erasure(prepared, tools.tombstones.index()).persist()
    try:
        census = count_batch(known)
        if census.erased:
            erased = known.where("is_erased").withColumn("erased_at", F.current_timestamp())
            merge_rows(erased, tools.settings, "silver.erased_records", Merge(), Batch(f"{app}.erased", batch_id))
        if census.rejected:
            write_rejects(known, tools.settings, Batch(f"{app}.rejects", batch_id))
        if census.good:
            write_tweets(known.where(_IS_GOOD), census, tools, Batch(f"{app}.tweets", batch_id))
    finally:
        known.unpersist()
    return census.good + census.rejected + census.erased


def count_batch(prepared: DataFrame) -> Census:
    """Count what decides how a batch is written, in one pass."""
    good = F.expr(_IS_GOOD)
    row = prepared.agg(
        F.count_if("is_erased").alias("erased"),
        F.count_if(F.col("reason").isNotNull() & ~F.col("is_erased")).alias("rejected"),
        F.count_if(good).alias("good"),
        F.count_distinct(F.when(good, F.col("tweet_id"))).alias("distinct"),
        F.collect_set(F.when(good, F.col("created_on"))).alias("days"),
    ).collect()[0]
    return Census(row["erased"], row["rejected"], row["good"], row["distinct"], sorted(row["days"]))


def write_rejects(prepared: DataFrame, settings: Settings, batch: Batch) -> None:
    """Add the records that could not be parsed, once each, with their reason."""
    now = {"rejected_at": F.current_timestamp(), "redriven_at": F.lit(None).cast("timestamp")}
    rejects = prepared.where("reason IS NOT NULL AND NOT is_erased").withColumns(now)
    merge_rows(rejects.select(SILVER_REJECTED_TWEETS.fieldNames()), settings, "silver.rejected_tweets", Merge(), batch)


def write_tweets(good: DataFrame, census: Census, tools: Tools, batch: Batch) -> None:
    """One row a tweet, scored, into silver.tweets: by one MERGE that opens only the files of the batch's days.

    A batch of which the table holds no tweet has nothing to merge with: it is appended, in half the time.
    """
    one_each = summarise_observations if census.good > census.distinct else keep_single_observations
    tweets = good.transform(one_each).withColumn("text_hash", F.sha2("text", 256)).persist()
    kin = read_kin(tweets, census.days, tools).persist()
    shared = kin.agg(
        F.count_if(F.expr("shared = tweet_id")).alias("held"), F.count_if(_is_known(tools)).alias("known")
    ).collect()[0]
    known = keep_known_scores(kin, tools) if shared["known"] else None
    scored = with_scores(tweets, known, tools).persist()
    try:
        if shared["held"]:
            gains, sets = merge_expressions()
            merge_rows(scored, tools.settings, "silver.tweets", Merge(gains, sets, on_days(census.days)), batch)
        else:
            append_rows(scored, tools.settings, "silver.tweets", batch)
    finally:
        for frame in (scored, kin, tweets):
            frame.unpersist()


def read_kin(tweets: DataFrame, days: list[date], tools: Tools) -> DataFrame:
    """The rows of silver.tweets, `reuse_days` back, that share their tweet_id or their text with one of `tweets`.

    [shared, tweet_id, text_hash, scores]: `shared` is the id or the hash, one row for each. One look at the table
    answers both questions; the lock keeps others from adding a tweet meanwhile.
    """
    since = days[0] - timedelta(days=tools.settings.annotate_tweets.reuse_days)
    silver = read_table(tweets.sparkSession, tools.settings, "silver.tweets")
    recent = silver.where(F.col("created_on").between(F.lit(since), F.lit(days[-1])))
    shared = F.explode(F.array("tweet_id", "text_hash")).alias("shared")
    return recent.select(shared, "tweet_id", *_SCORES).join(F.broadcast(tweets.select(shared)), "shared", "left_semi")


def with_keys(parsed: DataFrame, keys: DataFrame) -> DataFrame:
    """Author ids -> author keys; the plain ids end here. Beside them the keys that tombstones are compared by."""
    return with_author_keys(
        parsed,
        keys,
        {"author_key": "author_id", "replied_to_author_key": "replied_to_author_id"},
        {"mentioned_author_keys": "mentioned_author_ids"},
        beside=KEYED,
    )


def with_masked_text(parsed: DataFrame) -> DataFrame:
    """Handles, addresses and numbers that identify -> typed placeholders, in the text and in the author's location."""
    author = F.col("author").withField("location", mask_text_column(F.col("author.location")))
    return parsed.withColumns({"text": mask_text_column(F.col("text")), "author": author})


def with_language(masked: DataFrame) -> DataFrame:
    """`lang` where X left it open: what the text shows, `und` when it shows none."""
    return masked.withColumn("lang", language_column(F.col("lang"), F.col("text")))


def with_scores(tweets: DataFrame, known: DataFrame | None, tools: Tools) -> DataFrame:
    """Add the annotator's columns; each text is scored once, and not at all when its scores are `known`.

    A tweet of a language that is not asked for keeps nulls, unless a tweet of the same text is in one that is.
    """
    is_asked = is_scorable(F.col("lang"), tools.settings.annotators.languages)
    texts = tweets.where(is_asked).select("text_hash", "text").dropDuplicates(["text_hash"])
    if known is not None:
        texts = texts.join(F.broadcast(known.select("text_hash")), "text_hash", "left_anti")
    fresh = score_texts(tools.annotator, texts.repartition(tools.settings.stream_tweets.score_partitions)).drop("text")
    # No broadcast here: scoring would run inside it, against its time limit.
    return tweets.join(fresh if known is None else fresh.unionByName(known), "text_hash", "left")


def keep_known_scores(kin: DataFrame, tools: Tools) -> DataFrame:
    """[text_hash, *SCORED_COLUMNS] of the texts that this annotator has scored already."""
    return kin.where(_is_known(tools)).select(*_SCORES).dropDuplicates(["text_hash"])


def _is_known(tools: Tools) -> Column:
    return F.expr(f"shared = text_hash AND model_version = '{tools.annotator.version}'")
