"""silver.tweets -> gold.brand_trends: figures of each brand per hour, six hours, day and week (models/trends).

The weeks of a brand in which a tweet was added, changed or deleted are computed anew and whole, because which windows
may show figures depends on their neighbours. A run looks at the changes of the last `recent_days`; the first run of a
day also at older ones, all since the first run of an earlier day. `--full` computes every week.
"""

import logging

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas.shapes import conform
from conf.schemas.trends import GOLD_BRAND_TRENDS
from conf.settings import Settings
from models.trends.brand_figures import summarise_authors, summarise_brands, with_mentioned_brand
from models.trends.windows import with_windows
from pipelines.sinks.lake import create_table, lock_tables, merge_changed_rows
from pipelines.sinks.pipeline_state import write_pipeline_state
from pipelines.sources.changed_weeks import SILVER, Plan, plan_weeks
from pipelines.sources.lake import read_table

logger = logging.getLogger("brandpulse.summarise_brands")

HOP = "summarise_brands"
TABLE = "gold.brand_trends"
STAMPS = ("run_id", "as_of")
LOGIC_VERSION = 1
"""Increased whenever a formula changes: the next run then computes every week."""


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Summarise the brands (`--brand`: one of them); `--dry-run` counts and writes nothing."""
    with lock_tables(settings, TABLE):
        plan = plan_weeks(spark, settings, options, HOP, settings.summarise_brands.recent_days, str(LOGIC_VERSION))
        rows = build_trends(read_table(spark, settings, SILVER, plan.now.source_version), plan).persist()
        logger.info("%d windows of %s", rows.count(), plan.words)
        if not options.dry_run:
            create_table(spark, settings, TABLE)
            merge_changed_rows(rows, settings, TABLE, STAMPS, drops=plan.holds("t.brand", "t.started_at"))
            for hop in plan.hops:  # last, so that a killed run is repeated
                write_pipeline_state(spark, settings, hop, plan.now)
        rows.unpersist()


def build_trends(tweets: DataFrame, plan: Plan) -> DataFrame:
    """SILVER_TWEETS rows -> GOLD_BRAND_TRENDS rows of the plan's weeks."""
    authors = (
        tweets.where("created_at IS NOT NULL")
        .transform(with_mentioned_brand)
        .where(plan.holds("brand", "created_at"))
        .transform(with_windows)
        .transform(summarise_authors)
    )
    stamps = {"run_id": F.lit(plan.now.run_id), "as_of": F.lit(plan.now.as_of.isoformat()).cast("timestamp")}
    return conform(summarise_brands(authors).withColumns(stamps), GOLD_BRAND_TRENDS)
