"""silver.tweets -> gold.ticket_candidates: complaints aimed at a brand, and what follows in their conversations.

Follows the change feed of silver in the background pool: tickets may lag behind, tweets may not. One batch: the newest
state of each tweet -> brand, aim, account -> complaint in two stages -> keys -> role in its conversation -> problem.
A candidate is written once: batches that arrive again, rebuilt and re-annotated tweets change nothing. Only its
problem_key is set later, by `find_problems`. docs/guides/find-complaints.md explains the rules.

A batch costs Spark jobs and planning, not rows: every frame that is used twice is held, so that no plan grows, and
each table is read once.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from conf.brand.files import read_brands
from conf.schemas.shapes import conform
from conf.schemas.tickets import GOLD_TICKET_CANDIDATES
from conf.settings import Settings
from models.privacy.pseudonyms import build_key_frame
from models.tickets.accounts import BrandAccounts, FlaggedAuthors
from models.tickets.aim import select_ticket_inputs, with_account_kind, with_aim, with_brand
from models.tickets.complaints import Cutoffs, with_complaint
from models.tickets.conversations import (
    COMPLAINT,
    ORIGINAL,
    begin_conversations,
    find_answered,
    keep_with_role,
    with_inherited_conversations,
    with_ticket_keys,
)
from models.tickets.inputs import keep_newest, keep_recent, keep_relevant
from models.tickets.late import HandledTweets, collect_late, find_late, keep_later
from models.tickets.problems import similar_keys_column
from models.tickets.spans import Span, measure_span
from pipelines.sinks.lake import Batch, append_rows, create_table
from pipelines.sinks.spark_conf import WITHOUT_ADAPTIVE_EXECUTION, hold, spark_conf
from pipelines.sinks.streams import start_background_batches
from pipelines.sources.author_handles import read_account_ids
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.lake import read_change_stream, read_table
from pipelines.sources.x.clock import EPOCH_MS, SEQUENCE_BITS

logger = logging.getLogger("brandpulse.find_complaints")

SILVER, TABLE, BRONZE, PROFILES = "silver.tweets", "gold.ticket_candidates", "bronze.tweets", "gold.author_profiles"


@dataclass(frozen=True)
class Context:
    """What every batch needs and is built once; `keys` is the one-row frame of the author-key secrets."""

    settings: Settings
    keys: DataFrame
    accounts: BrandAccounts
    flagged: FlaggedAuthors
    cutoffs: Cutoffs
    handled: HandledTweets


def start(spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery:
    """Start the query."""
    context = build_context(spark, settings)
    asked = settings.find_complaints
    changes = read_change_stream(spark, settings, SILVER, max_files=asked.max_files_per_trigger)
    recent = partial(keep_recent, days=asked.max_age_days)
    relevant = partial(keep_relevant, cutoffs=context.cutoffs)
    inputs = changes.transform(select_ticket_inputs).transform(recent).transform(relevant)
    write = partial(write_batch, context=context)
    return start_background_batches(
        inputs, settings, "find_complaints", write, once=once, seconds=asked.trigger_seconds
    )


def build_context(spark: SparkSession, settings: Settings) -> Context:
    """Create the tables, read the brands and the author-key secrets."""
    for name in (SILVER, TABLE):
        create_table(spark, settings, name)
    keys = build_key_frame(spark, *read_secrets(spark, settings))
    handles = {slug: brand.handle for slug, brand in read_brands().items() if brand.handle}
    accounts = BrandAccounts(spark, handles, keys)
    asked = settings.find_complaints
    cutoffs = Cutoffs(
        asked.max_sentiment_score,
        asked.min_complaint_score,
        asked.min_rule_complaint_score,
        asked.brand_complaint_scores,
    )
    flagged = FlaggedAuthors(partial(read_table, spark, settings, PROFILES))
    handled = HandledTweets(partial(read_table, spark, settings, SILVER))
    return Context(settings, keys, accounts, flagged, cutoffs, handled)


def write_batch(inputs: DataFrame, batch_id: int, *, context: Context) -> int:
    """Write the new candidates of a batch of `keep_relevant` rows; returns their number."""
    with spark_conf(inputs.sparkSession, WITHOUT_ADAPTIVE_EXECUTION), hold(keep_newest(inputs)) as tweets:
        span = measure_span(tweets)
        if not span.count:
            return 0
        with (
            hold(judge_tweets(tweets, span, context)) as rows,
            hold(read_conversations(rows, span, context)) as stored,
            hold(find_candidates(rows, stored, span, context)) as new,
        ):
            count = new.count()
            if count:
                found = new.withColumns({"category": F.col("category.label"), "found_at": F.current_timestamp()})
                candidates = conform(found, GOLD_TICKET_CANDIDATES)
                append_rows(candidates, context.settings, TABLE, Batch("find_complaints", batch_id))
    context.handled.add(span.newest)
    logger.info("batch %d: %d candidates among %d tweets", batch_id, count, span.count)
    return count


def judge_tweets(tweets: DataFrame, span: Span, context: Context) -> DataFrame:
    """One row per tweet and brand: with its aim, its account, whether it is a complaint, and its keys."""
    judged = with_judgement(tweets, span, context)
    if not span.unthreaded:
        return judged
    rows, columns = judged.localCheckpoint(), ("brand", "tweet_id", "conversation_key")
    known = rows.select(*columns).unionByName(read_recent(rows, span, context).select(*columns))
    return with_inherited_conversations(rows, known.dropDuplicates(["brand", "tweet_id"]))


def with_judgement(tweets: DataFrame, span: Span, context: Context) -> DataFrame:
    """The rows of `judge_tweets`, before replies of old payloads join their conversations."""
    spark, settings = tweets.sparkSession, context.settings

    def search(handles: Mapping[str, str]) -> DataFrame:
        records = read_table(spark, settings, BRONZE).where(F.col("ingested_on") >= F.lit(span.since.date()))
        return read_account_ids(records, handles)

    return (
        tweets.transform(with_brand)
        .transform(lambda df: with_aim(df, context.accounts.frame(search)))
        .transform(lambda df: with_account_kind(df, context.flagged.frame()))
        .transform(lambda df: with_complaint(df, context.cutoffs))
        .transform(lambda df: with_ticket_keys(df, context.keys))
    )


def read_conversations(rows: DataFrame, span: Span, context: Context) -> DataFrame:
    """[candidate_key, conversation_key, created_at, role] of stored candidates: of `rows`, and of their conversations.

    Either key finds them, in one read of the table; one that both find is there twice.
    """
    shared = F.explode(F.array("conversation_key", "candidate_key")).alias("_shared")
    columns = ("candidate_key", "conversation_key", "created_at", "role")
    stored = read_recent(rows, span, context).select(*columns, shared)
    return stored.join(F.broadcast(rows.select(shared)), "_shared", how="left_semi").drop("_shared")


def find_candidates(rows: DataFrame, stored: DataFrame, span: Span, context: Context) -> DataFrame:
    """The rows with a role in a conversation, and the earlier tweets that complaints answer, as far as they are new."""
    complaints = rows.where("is_complaint")
    before = stored.where(F.col("role") != ORIGINAL)
    columns = ("conversation_key", "created_at")
    begun = begin_conversations(complaints.select(*columns).unionByName(before.select(*columns)))
    later = find_later(complaints, begin_conversations(before), span, context)
    followed = keep_with_role(rows if later is None else rows.unionByName(later), begun)
    originals = find_originals(complaints, span, context)
    found = followed if originals is None else followed.unionByName(originals, allowMissingColumns=True)
    first = found.withColumn("_is_original", F.col("role") == ORIGINAL)
    best = Window.partitionBy("candidate_key").orderBy("_is_original")
    single = first.withColumn("_place", F.row_number().over(best)).where("_place = 1").drop("_place", "_is_original")
    known = find_known(stored, originals, span, context)
    unknown = single.join(F.broadcast(known), "candidate_key", how="left_anti")
    similar = F.when(F.col("role") == COMPLAINT, similar_keys_column(F.col("text")))
    added = {"similar_keys": similar, "problem_key": F.lit(None).cast("string"), "received_at": F.col("observed_at")}
    return unknown.withColumns(added)


def find_known(stored: DataFrame, originals: DataFrame | None, span: Span, context: Context) -> DataFrame:
    """[candidate_key] of what is stored; an original may be stored with another conversation, of old payloads."""
    known = stored.select("candidate_key")
    if originals is None:
        return known
    asked = F.broadcast(originals.select("candidate_key"))
    others = read_recent(originals, span, context).select("candidate_key")
    return known.unionByName(others.join(asked, "candidate_key", how="left_semi"))


def find_later(complaints: DataFrame, begun: DataFrame, span: Span, context: Context) -> DataFrame | None:
    """Tweets that were handled before the complaints that begin their conversations, judged; None if none is late."""
    late = collect_late(find_late(complaints, begun, context.handled.newest(span.days[0])))
    if late is None:
        return None
    silver = read_table(complaints.sparkSession, context.settings, SILVER)
    met = keep_later(silver.transform(select_ticket_inputs), late)
    recent = met.transform(lambda df: keep_recent(df, context.settings.find_complaints.max_age_days))
    asked = complaints.select("conversation_key").distinct()
    return with_judgement(recent, span, context).join(F.broadcast(asked), "conversation_key", how="left_semi")


def find_originals(complaints: DataFrame, span: Span, context: Context) -> DataFrame | None:
    """The tweets that complaints answer or that began their conversations, if silver has them; None if none is asked.

    Their days are those of their ids, as in silver; older ones than `conversation_days` are left out.
    """
    if not span.answers:
        return None
    milliseconds = F.shiftright(F.col("tweet_id").cast("bigint"), SEQUENCE_BITS) + F.lit(EPOCH_MS)
    dated = find_answered(complaints).withColumn("_day", F.timestamp_millis(milliseconds).cast("date"))
    asked = dated.where(F.col("_day") >= F.lit(oldest_day(span, context))).localCheckpoint()
    days = sorted(row["_day"] for row in asked.select("_day").distinct().collect())
    if not days:
        return None
    silver = read_table(asked.sparkSession, context.settings, SILVER).where(F.col("created_on").isin(days))
    met = silver.transform(select_ticket_inputs).join(F.broadcast(asked.drop("_day")), "tweet_id", how="inner")
    keyed = with_ticket_keys(met.where("kind <> 'retweet'").withColumnRenamed("conversation_key", "_of"), context.keys)
    own = {"conversation_key": F.col("_of"), "role": F.lit(ORIGINAL), "is_complaint": F.lit(False)}
    return keyed.withColumns(own).drop("_of", "brands").localCheckpoint()


def read_recent(rows: DataFrame, span: Span, context: Context) -> DataFrame:
    """The stored candidates of the conversations that are still open."""
    candidates = read_table(rows.sparkSession, context.settings, TABLE)
    return candidates.where(F.col("created_on") >= F.lit(oldest_day(span, context)))


def oldest_day(span: Span, context: Context) -> date:
    """Conversations whose newest candidate is older are over."""
    return span.days[0] - timedelta(days=context.settings.find_complaints.conversation_days)
