"""silver.tweets -> gold.cascade_edges, gold.cascades: who reacted to which tweet, and how retweets may have spread.

docs/guides/find-influencers.md explains the figures. They cover the tweets of the last `influence.window_days`. A run
follows silver's change feed: it computes whole conversations in which a tweet was added, changed or erased since the
last run. `--full` computes all, with the same result. So does a run that cannot follow: the first one, one of another
day (the window has moved), of other settings or rules, or whose changes were vacuumed.
"""

import logging
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas.influence import GOLD_CASCADE_EDGES, GOLD_CASCADES
from conf.schemas.shapes import conform
from conf.settings import Settings
from models.influence.cascade_nodes import (
    PARENTS,
    build_nodes,
    score_nodes,
    select_cascades,
    select_edges,
    with_root_ids,
)
from models.influence.window import fingerprint, keep_window
from pipelines.sinks.lake import create_table, lock_tables, merge_changed_rows
from pipelines.sinks.lake_updates import replace_rows
from pipelines.sinks.pipeline_state import write_pipeline_state
from pipelines.sources.lake import ChangesAreGone, following_changes, read_all_changes, read_table, table_version
from pipelines.sources.pipeline_state import PipelineState, continues, read_pipeline_state

logger = logging.getLogger("brandpulse.build_cascades")

SILVER, EDGES, CASCADES = "silver.tweets", "gold.cascade_edges", "gold.cascades"
HOP = "build_cascades"
STAMPS = ("run_id", "as_of")
LOGIC_VERSION = 1
"""Increased whenever a formula changes: the next run then computes every conversation."""


@dataclass(frozen=True)
class Touched:
    """Conversations to compute anew: `ids`, their tweets in silver and the tweets named; `roots`, their stored ids."""

    ids: DataFrame
    roots: DataFrame


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Build the cascades of all brands; `--dry-run` counts and writes nothing."""
    with lock_tables(settings, EDGES, CASCADES):
        days = settings.influence.window_days
        rules = fingerprint(LOGIC_VERSION, days, options.as_of)
        now = PipelineState(table_version(spark, settings, SILVER), options.as_of, options.run_id, rules)
        touched = find_touched(spark, settings, read_pipeline_state(spark, settings, HOP), now, options)
        tweets = keep_window(read_table(spark, settings, SILVER, now.source_version), days, options.as_of)
        if touched is not None:
            tweets = tweets.join(F.broadcast(touched.ids), "tweet_id", how="left_semi").localCheckpoint(eager=False)
        edges, cascades = build_cascades(tweets, options)
        which = "every conversation" if touched is None else "what changed"
        logger.info("%d cascades, %d edges of %s", cascades.count(), edges.count(), which)
        if not options.dry_run:
            write(edges, settings, EDGES, touched)
            write(cascades, settings, CASCADES, touched)
            write_pipeline_state(spark, settings, HOP, now)  # last, so that a killed run is repeated


def write(rows: DataFrame, settings: Settings, name: str, touched: Touched | None) -> None:
    """Replace the rows of the conversations `touched`, all rows where it is None."""
    spark = rows.sparkSession
    create_table(spark, settings, name)
    if touched is None:
        merge_changed_rows(rows, settings, name, STAMPS, drops=F.lit(True))
        return
    stored = read_table(spark, settings, name, table_version(spark, settings, name))
    own = stored.join(F.broadcast(touched.roots), "root_id", how="left_semi").select(*stored.columns)
    replace_rows(rows, own.localCheckpoint(eager=False), settings, name, STAMPS)


def build_cascades(tweets: DataFrame, options: Options) -> tuple[DataFrame, DataFrame]:
    """SILVER_TWEETS rows of whole conversations -> rows of GOLD_CASCADE_EDGES and GOLD_CASCADES, checkpointed."""
    scored = tweets.transform(build_nodes).transform(with_root_ids).transform(score_nodes).localCheckpoint(eager=False)
    stamps = {"run_id": F.lit(options.run_id), "as_of": F.lit(options.as_of.isoformat()).cast("timestamp")}
    edges = conform(scored.transform(select_edges).withColumns(stamps), GOLD_CASCADE_EDGES)
    cascades = conform(select_cascades(scored, tweets).withColumns(stamps), GOLD_CASCADES)
    return edges.localCheckpoint(eager=False), cascades.localCheckpoint(eager=False)


def find_touched(
    spark: SparkSession, settings: Settings, before: PipelineState | None, now: PipelineState, options: Options
) -> Touched | None:
    """The conversations that changed since `before`; None where all must be computed."""
    if before is None or options.full or not continues(before, now):
        return None
    named = ["tweet_id", *PARENTS.values()]
    stored = read_table(spark, settings, SILVER, now.source_version)
    try:
        with following_changes():
            changes = read_all_changes(spark, settings, SILVER, before.source_version + 1, now.source_version)
            later = stored.where(F.col("created_at") > F.lit(before.as_of))
            rows = changes.select(*named).unionByName(later.select(*named))
            ids = rows.select(F.explode(F.array(*named)).alias("tweet_id")).where("tweet_id IS NOT NULL").distinct()
            ids = ids.localCheckpoint()  # inside following_changes, which explains a missing file
    except ChangesAreGone as error:
        logger.info("the changes since the last run can no longer be read (%s)", error)
        return None
    edges = read_table(spark, settings, EDGES).select("tweet_id", "root_id")
    own = edges.join(F.broadcast(ids), "tweet_id", how="left_semi").select("root_id")
    roots = own.unionByName(ids.select(F.col("tweet_id").alias("root_id"))).distinct().localCheckpoint(eager=False)
    members = edges.join(F.broadcast(roots), "root_id", how="left_semi").select("tweet_id")
    whole = members.unionByName(ids).unionByName(roots.select(F.col("root_id").alias("tweet_id"))).distinct()
    return Touched(whole.localCheckpoint(eager=False), roots)
