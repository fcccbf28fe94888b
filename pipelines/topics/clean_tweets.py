"""silver.tweets -> gold.tweet_flags, gold.cleaning_report: why a tweet says nothing about its brand's topics.

Each tweet about a brand is judged by the rules of models/topics/cleaning.py; what has a reason is flagged, nothing is
dropped. The weeks in which a tweet changed are judged anew and whole, as in summarise_brands.
"""

import logging

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.brand.files import read_brands
from conf.brand.rules import NO_BRAND
from conf.command_line import Options
from conf.schemas.shapes import conform
from conf.schemas.topics import GOLD_CLEANING_REPORT, GOLD_TWEET_FLAGS
from conf.settings import Settings
from models.topics.cleaning import count_reasons, with_reasons
from models.trends.brand_figures import with_mentioned_brand
from pipelines.sinks.lake import create_table, lock_tables, merge_changed_rows
from pipelines.sinks.pipeline_state import write_pipeline_state
from pipelines.sources.changed_weeks import SILVER, Plan, plan_weeks
from pipelines.sources.lake import read_table

logger = logging.getLogger("brandpulse.clean_tweets")

HOP = "clean_tweets"
FLAGS, REPORT = "gold.tweet_flags", "gold.cleaning_report"
STAMPS = ("run_id", "as_of")
LOGIC_VERSION = 1
"""Increased whenever a rule changes: the next run then judges every week."""
JUDGED = (
    *("brand", "tweet_id", "created_on", "created_at", "author_key"),
    *("kind", "lang", "text", "text_hash", "hashtags"),
)


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Judge the tweets of all brands (`--brand`: of one); `--dry-run` counts and writes nothing."""
    with lock_tables(settings, FLAGS, REPORT):
        plan = plan_weeks(spark, settings, options, HOP, settings.clean_tweets.recent_days, str(LOGIC_VERSION))
        judged = judge_tweets(read_table(spark, settings, SILVER, plan.now.source_version), plan, settings)
        rows = judged.select("brand", "tweet_id", "created_on", "reasons", "run_id", "as_of").persist()
        logger.info("%d tweets of %s judged", rows.count(), plan.words)
        if not options.dry_run:
            _write(spark, settings, plan, rows)
        rows.unpersist()


def judge_tweets(tweets: DataFrame, plan: Plan, settings: Settings) -> DataFrame:
    """SILVER_TWEETS rows -> one row per tweet and brand of the plan's weeks, with `reasons`."""
    own = (
        tweets.where("created_at IS NOT NULL AND created_on IS NOT NULL")
        .transform(with_mentioned_brand)
        .where("is_own")
        .where((F.col("brand") != NO_BRAND) & plan.holds("brand", "created_on"))
        .select(*JUDGED)
    )
    meanings = {slug: brand.other_meanings for slug, brand in read_brands().items()}
    stamps = {"run_id": F.lit(plan.now.run_id), "as_of": F.lit(plan.now.as_of.isoformat()).cast("timestamp")}
    return with_reasons(own, settings.annotators.languages, meanings).withColumns(stamps)


def _write(spark: SparkSession, settings: Settings, plan: Plan, rows: DataFrame) -> None:
    stamps = {"run_id": F.lit(plan.now.run_id), "as_of": F.lit(plan.now.as_of.isoformat()).cast("timestamp")}
    for name, found in (
        (FLAGS, conform(rows.where(F.size("reasons") > 0), GOLD_TWEET_FLAGS)),
        (REPORT, conform(count_reasons(rows).withColumns(stamps), GOLD_CLEANING_REPORT)),
    ):
        create_table(spark, settings, name)
        merge_changed_rows(found, settings, name, STAMPS, drops=plan.holds("t.brand", "t.created_on"))
    for hop in plan.hops:  # last, so that a killed run is repeated
        write_pipeline_state(spark, settings, hop, plan.now)
