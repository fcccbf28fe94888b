"""tweets.raw.v1 -> silver.tweets, silver.rejected_tweets: parse or reject, merge, mask, pseudonymise, score.

One batch: records -> parsed rows -> one row per tweet -> each text scored once -> one MERGE. A parsed row is good,
rejected for a reason, or erased, which is only counted in silver.erased_records.

On two cores planning a small batch costs more than its rows: what does not depend on the batch is part of the stream,
which Spark analyses once, and what a batch does not need (repeats, known tweets) is not planned for it. A batch may
arrive twice: every write carries the batch's number and changes nothing the second time.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from conf.schemas.shapes import OFFSETS
from conf.schemas.silver import SCORED_COLUMNS, SILVER_REJECTED_TWEETS
from conf.settings import Settings
from models.annotation.annotator import Annotator, load_annotator, score_texts
from models.annotation.batch_size import largest_batch
from models.annotation.observations import keep_single_observations, merge_expressions, summarise_observations
from models.annotation.text.languages import is_scorable, language_column
from models.annotation.text.normaliser import mask_text_column
from models.privacy.pseudonyms import build_key_frame, with_author_keys
from models.privacy.tombstones import KEYED, Tombstones, with_erasure
from pipelines.sinks.lake import Batch, Merge, append_rows, create_table, merge_rows, on_days, update_rows
from pipelines.sinks.pipeline_state import record_secrets
from pipelines.sinks.spark_conf import WITHOUT_ADAPTIVE_EXECUTION, hold, spark_conf
from pipelines.sinks.streams import start_batches
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.kafka import read_topic_stream
from pipelines.sources.lake import read_table
from pipelines.sources.payloads.parser import parse_payloads

logger = logging.getLogger("brandpulse.annotate_tweets")

_SCORES = ("text_hash", *SCORED_COLUMNS)
_IS_GOOD = "reason IS NULL AND NOT is_erased"


@dataclass(frozen=True)
class Context:
    """What every batch needs and is built once; `keys` is the one-row frame of the author-key secrets."""

    settings: Settings
    annotator: Annotator
    keys: DataFrame
    tombstones: Tombstones


@dataclass(frozen=True)
class BatchCounts:
    """Records of a batch that are erased, rejected or good; distinct tweets among the good ones, and their days."""

    erased: int
    rejected: int
    good: int
    distinct: int
    days: list[date]


def start(spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery:
    """Start the query; the annotator is loaded once, here."""
    context = build_context(spark, settings)
    most = None if once else largest_batch(spark, settings, context.annotator)
    records = read_topic_stream(spark, settings, settings.kafka.tweets_topic, most)
    prepared = prepare_records(records, context)
    write = partial(write_batch, context=context, app="annotate_tweets")
    return start_batches(prepared, settings, "annotate_tweets", write, once=once)


def rebuild(
    spark: SparkSession, settings: Settings, since: datetime | None, until: datetime | None, run_id: int
) -> int:
    """Parse and score again what Kafka received in [since, until), one hour at a time; returns the records read.

    The same records give the same rows: rebuilding rows that are already there changes nothing.
    """
    context = build_context(spark, settings)
    bronze = read_table(spark, settings, "bronze.tweets").where(
        (F.col("kafka_at") >= F.lit(since or datetime(1971, 1, 1, tzinfo=UTC)))
        & (F.col("kafka_at") < F.lit(until or datetime(9999, 1, 1, tzinfo=UTC)))
    )
    hours = [row["hour"] for row in bronze.select(F.date_trunc("hour", "kafka_at").alias("hour")).distinct().collect()]
    total = 0
    with spark_conf(spark, WITHOUT_ADAPTIVE_EXECUTION):
        for number, hour in enumerate(sorted(hours)):
            chunk = prepare_records(bronze.where(F.date_trunc("hour", "kafka_at") == F.lit(hour)), context)
            total += write_batch(chunk, number, context=context, app=f"rebuild_tweets-{run_id}")
            logger.info("rebuilt %s, %d records so far", hour.replace(tzinfo=UTC).isoformat(), total)
    return total


def redrive(spark: SparkSession, settings: Settings, run_id: int, *, dry_run: bool) -> tuple[int, int]:
    """Parse every open reject again: (tried, repaired); a repaired one gets `redriven_at`. `dry_run` only counts."""
    open_rejects = read_table(spark, settings, "silver.rejected_tweets").where("redriven_at IS NULL")
    tried = open_rejects.count()
    if not tried:
        return 0, 0
    records = read_table(spark, settings, "bronze.tweets").join(open_rejects, on=[*OFFSETS], how="left_semi")
    if dry_run:
        return tried, parse_payloads(records, settings.annotate_tweets).where("reason IS NULL").count()
    context = build_context(spark, settings)
    prepared = prepare_records(records, context).persist()
    good = prepared.where("reason IS NULL")
    repaired = [tuple(row) for row in good.select(*OFFSETS).collect()]
    if repaired:
        with spark_conf(spark, WITHOUT_ADAPTIVE_EXECUTION):
            write_batch(good, 0, context=context, app=f"redrive_rejected-{run_id}")
        chosen = " OR ".join(f"(topic = '{t}' AND partition = {p} AND offset = {o})" for t, p, o in repaired)
        update_rows(spark, settings, "silver.rejected_tweets", chosen, {"redriven_at": "current_timestamp()"})
    prepared.unpersist()
    return tried, len(repaired)


def build_context(spark: SparkSession, settings: Settings) -> Context:
    """Create the tables, load the annotator, read the author-key secrets."""
    for name in ("silver.tweets", "silver.rejected_tweets", "silver.erased_records"):
        create_table(spark, settings, name)
    secrets = read_secrets(spark, settings)
    record_secrets(spark, settings, secrets)
    keys = build_key_frame(spark, *secrets)
    read = partial(read_table, spark, settings, "restricted.tombstones")
    tombstones = Tombstones(read, settings.erase_tweets.tombstones_seconds)
    return Context(settings, load_annotator(settings, spark), keys, tombstones)


def prepare_records(records: DataFrame, context: Context) -> DataFrame:
    """Kafka or bronze records -> parsed rows, good or with a reason; author ids become keys, the text is masked."""
    few = records.coalesce(context.settings.stream_tweets.score_partitions)  # each task generates the parser's code
    parsed = parse_payloads(few, context.settings.annotate_tweets)
    return parsed.transform(lambda df: with_keys(df, context.keys)).transform(with_masked_text).transform(with_language)


def write_batch(prepared: DataFrame, batch_id: int, *, context: Context, app: str) -> int:
    """Write one batch of prepared rows to the three tables; returns their number."""
    with hold(with_erasure(prepared, context.tombstones.index())) as known:
        counts = count_batch(known)
        if counts.erased:
            erased = known.where("is_erased").withColumn("erased_at", F.current_timestamp())
            merge_rows(erased, context.settings, "silver.erased_records", Merge(), Batch(f"{app}.erased", batch_id))
        if counts.rejected:
            write_rejects(known, context.settings, Batch(f"{app}.rejects", batch_id))
        if counts.good:
            write_tweets(known.where(_IS_GOOD), counts, context, Batch(f"{app}.tweets", batch_id))
    return counts.good + counts.rejected + counts.erased


def count_batch(prepared: DataFrame) -> BatchCounts:
    good = F.expr(_IS_GOOD)
    row = prepared.agg(
        F.count_if("is_erased").alias("erased"),
        F.count_if(F.col("reason").isNotNull() & ~F.col("is_erased")).alias("rejected"),
        F.count_if(good).alias("good"),
        F.count_distinct(F.when(good, F.col("tweet_id"))).alias("distinct"),
        F.collect_set(F.when(good, F.col("created_on"))).alias("days"),
    ).collect()[0]
    return BatchCounts(row["erased"], row["rejected"], row["good"], row["distinct"], sorted(row["days"]))


def write_rejects(prepared: DataFrame, settings: Settings, batch: Batch) -> None:
    """Insert the records that could not be parsed, once each, with their reason."""
    now = {"rejected_at": F.current_timestamp(), "redriven_at": F.lit(None).cast("timestamp")}
    rejects = prepared.where("reason IS NOT NULL AND NOT is_erased").withColumns(now)
    merge_rows(rejects.select(SILVER_REJECTED_TWEETS.fieldNames()), settings, "silver.rejected_tweets", Merge(), batch)


def write_tweets(good: DataFrame, counts: BatchCounts, context: Context, batch: Batch) -> None:
    """One scored row per tweet into silver.tweets, by one MERGE that opens only the files of the batch's days.

    A batch whose tweets are all new is appended, which takes half the time.
    """
    one_each = summarise_observations if counts.good > counts.distinct else keep_single_observations
    with (
        hold(good.transform(one_each).withColumn("text_hash", F.sha2("text", 256))) as tweets,
        hold(read_matching_tweets(tweets, counts.days, context)) as matching,
    ):
        found = matching.agg(
            F.count_if(F.expr("shared = tweet_id")).alias("tweets"), F.count_if(_is_known(context)).alias("scores")
        ).collect()[0]
        known = keep_known_scores(matching, context) if found["scores"] else None
        scored = with_scores(tweets, known, context)
        if not found["tweets"]:
            append_rows(scored, context.settings, "silver.tweets", batch)
            return
        gains, sets = merge_expressions()
        with hold(scored) as rows:
            merge_rows(rows, context.settings, "silver.tweets", Merge(gains, sets, on_days(counts.days)), batch)


def read_matching_tweets(tweets: DataFrame, days: list[date], context: Context) -> DataFrame:
    """Rows of silver.tweets, up to `score_cache_days` older, with the tweet_id or the text of one of `tweets`.

    [shared, tweet_id, text_hash, scores]: `shared` is the id or the hash, one row for each. One read of the table
    finds both; the table's lock keeps other processes from adding a tweet meanwhile.
    """
    since = days[0] - timedelta(days=context.settings.annotate_tweets.score_cache_days)
    silver = read_table(tweets.sparkSession, context.settings, "silver.tweets")
    recent = silver.where(F.col("created_on").between(F.lit(since), F.lit(days[-1])))
    shared = F.explode(F.array("tweet_id", "text_hash")).alias("shared")
    wanted = F.broadcast(tweets.select(shared))
    return recent.select(shared, "tweet_id", *_SCORES).join(wanted, on="shared", how="left_semi")


def with_keys(parsed: DataFrame, keys: DataFrame) -> DataFrame:
    """Author ids -> author keys; the plain ids are dropped. Adds the keys that tombstones are compared by."""
    ids = {"author_key": "author_id", "replied_to_author_key": "replied_to_author_id"}
    lists = {"mentioned_author_keys": "mentioned_author_ids"}
    return with_author_keys(parsed, keys, ids, lists, beside=KEYED)


def with_masked_text(parsed: DataFrame) -> DataFrame:
    """Handles, addresses and identifying numbers -> typed placeholders, in the text and in the author's location."""
    author = F.col("author").withField("location", mask_text_column(F.col("author.location")))
    return parsed.withColumns({"text": mask_text_column(F.col("text")), "author": author})


def with_language(masked: DataFrame) -> DataFrame:
    """Fill `lang` from the text where X could not tell it; `und` where the text does not show it either."""
    return masked.withColumn("lang", language_column(F.col("lang"), F.col("text")))


def with_scores(tweets: DataFrame, known: DataFrame | None, context: Context) -> DataFrame:
    """Add the annotator's columns; each text is scored once, or not at all when its scores are `known`.

    A tweet in a language that is not scored has nulls, unless the same text is also tweeted in one that is.
    """
    is_asked = is_scorable(F.col("lang"), context.settings.annotators.languages)
    texts = tweets.where(is_asked).select("text_hash", "text").dropDuplicates(["text_hash"])
    if known is not None:
        texts = texts.join(F.broadcast(known.select("text_hash")), on="text_hash", how="left_anti")
    tasks = context.settings.stream_tweets.score_partitions
    fresh = score_texts(context.annotator, texts.repartition(tasks)).drop("text")
    # No broadcast here: scoring would run inside it and could exceed its timeout.
    return tweets.join(fresh if known is None else fresh.unionByName(known), on="text_hash", how="left")


def keep_known_scores(matching: DataFrame, context: Context) -> DataFrame:
    """[text_hash, *SCORED_COLUMNS] of the texts that this annotator has already scored."""
    return matching.where(_is_known(context)).select(*_SCORES).dropDuplicates(["text_hash"])


def _is_known(context: Context) -> Column:
    return F.expr(f"shared = text_hash AND model_version = '{context.annotator.version}'")
