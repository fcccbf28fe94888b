"""silver.tweets, gold.tweet_topics -> gold.topic_trends: gold.brand_trends with one dimension more (models/trends).

The weeks in which a tweet changed are computed anew; all of them when a brand's topics changed.
"""

import logging

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.brand.rules import NO_BRAND
from conf.command_line import Options
from conf.schemas.shapes import conform
from conf.schemas.topics import GOLD_TOPIC_TRENDS
from conf.settings import Settings
from models.topics.cleaning import keep_topical
from models.trends.brand_figures import with_mentioned_brand
from models.trends.topic_figures import summarise_topics
from pipelines.sinks.lake import create_table, lock_tables, merge_changed_rows
from pipelines.sinks.pipeline_state import write_pipeline_state
from pipelines.sources.changed_weeks import SILVER, Plan, plan_weeks
from pipelines.sources.lake import read_table

logger = logging.getLogger("brandpulse.summarise_topics")

HOP = "summarise_topics"
TABLE, FLAGS, MEMBERS, TOPICS = "gold.topic_trends", "gold.tweet_flags", "gold.tweet_topics", "gold.topics"
STAMPS = ("run_id", "as_of")
LOGIC_VERSION = 1


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Summarise the topics of all brands (`--brand`: of one); `--dry-run` counts and writes nothing."""
    with lock_tables(settings, TABLE):
        known = read_table(spark, settings, TOPICS).select("brand", "model_version").distinct()
        versions = sorted(f"{row['brand']}={row['model_version']}" for row in known.collect())
        fingerprint = f"{LOGIC_VERSION}:{','.join(versions)}"
        plan = plan_weeks(spark, settings, options, HOP, settings.summarise_brands.recent_days, fingerprint)
        rows = build_trends(spark, settings, plan, [row["brand"] for row in known.collect()]).persist()
        logger.info("%d windows of topics of %s", rows.count(), plan.words)
        if not options.dry_run:
            create_table(spark, settings, TABLE)
            merge_changed_rows(rows, settings, TABLE, STAMPS, drops=plan.holds("t.brand", "t.started_at"))
            for hop in plan.hops:  # last, so that a killed run is repeated
                write_pipeline_state(spark, settings, hop, plan.now)
        rows.unpersist()


def build_trends(spark: SparkSession, settings: Settings, plan: Plan, brands: list[str]) -> DataFrame:
    """GOLD_TOPIC_TRENDS rows of the plan's weeks, of the brands that have topics."""
    tweets = read_table(spark, settings, SILVER, plan.now.source_version).where("created_at IS NOT NULL")
    own = tweets.transform(with_mentioned_brand).where(F.col("is_own") & (F.col("brand") != NO_BRAND))
    changed = own.where(F.col("brand").isin(*brands) & plan.holds("brand", "created_at"))
    members = read_table(spark, settings, MEMBERS).select("brand", "tweet_id", "topic_id")
    topical = keep_topical(changed, read_table(spark, settings, FLAGS))
    named = topical.join(members, ["brand", "tweet_id"], how="left")
    stamps = {"run_id": F.lit(plan.now.run_id), "as_of": F.lit(plan.now.as_of.isoformat()).cast("timestamp")}
    return conform(summarise_topics(named).withColumns(stamps), GOLD_TOPIC_TRENDS)
