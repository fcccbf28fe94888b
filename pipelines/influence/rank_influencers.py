"""silver.tweets, gold.cascades, gold.cascade_edges -> gold.influencers: whose tweets move others to react to a brand.

docs/guides/find-influencers.md explains the figures. A run recomputes the factors of authors with a tweet or cascade
that changed since the last run; `--full`, and a run that cannot follow, those of all authors, with the same result. The
scores, ranks and exclusions of all authors are computed anew in every run. The network (PageRank, audiences,
communities) and the back-test, which fits the weights of the score, are done once in NETWORK_HOURS and with `--full`;
until then authors keep the figures of the last network.
"""

import logging
from datetime import timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.brand.files import read_brands
from conf.command_line import Options
from conf.schemas.influence import GOLD_INFLUENCERS
from conf.schemas.shapes import conform
from conf.settings import Settings
from models.influence.author_factors import (
    FACTORS,
    KEY,
    build_posts,
    summarise_authors,
    with_downstream_credit,
    with_exclusion,
)
from models.influence.composite import FEATURES, RANKED, rank_authors
from models.influence.history import WEEK, build_history
from models.influence.networks import NETWORK, measure_network
from models.influence.weights import Weights, load_weights, run_backtest, track
from models.influence.window import fingerprint, keep_window
from pipelines.sinks.lake import create_table, lock_tables, merge_changed_rows
from pipelines.sinks.pipeline_state import write_pipeline_state
from pipelines.sources.lake import ChangesAreGone, following_changes, read_all_changes, read_table, table_version
from pipelines.sources.pipeline_state import PipelineState, continues, read_pipeline_state
from runtime.times import in_utc

logger = logging.getLogger("brandpulse.rank_influencers")

SILVER, EDGES, CASCADES, TABLE = "silver.tweets", "gold.cascade_edges", "gold.cascades", "gold.influencers"
PROFILES, IDENTITIES = "gold.author_profiles", "restricted.author_identities"
HOP = "rank_influencers"
FOLLOWED = {HOP: SILVER, f"{HOP}.cascades": CASCADES}
"""The hop follows two change feeds, each with a pipeline state."""
STAMPS = ("run_id", "as_of")
NETWORK_HOURS = 24
LOGIC_VERSION = 1
"""Increased whenever a formula changes: the next run then computes all authors."""
FACTOR_COLUMNS = (
    *(*KEY, "followers_count", "post_count", "retweet_count", "like_count", "engagement_count", "timed_retweet_count"),
    *("mixed_depth", "observed_depth", "estimated_depth", "engagement_per_follower", "h_index"),
    *("region", "top_topic", "topics", "posts"),
)


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Rank the authors of every brand; `--dry-run` counts and writes nothing."""
    with lock_tables(settings, TABLE):
        days = settings.influence.window_days
        rules = fingerprint(LOGIC_VERSION, days, options.as_of)
        now = {
            hop: PipelineState(table_version(spark, settings, table), options.as_of, options.run_id, rules)
            for hop, table in FOLLOWED.items()
        }
        touched = find_touched(spark, settings, now, options)
        tweets = keep_window(read_table(spark, settings, SILVER, now[HOP].source_version), days, options.as_of)
        factors = read_factors(tweets, settings, touched)
        is_due = options.full or network_is_due(spark, settings, options)
        authors = with_network(spark, settings, options, factors, is_due).localCheckpoint(eager=False)
        weights = fit_weights(spark, settings, options) if is_due and not options.dry_run else load_weights(settings)
        ranked = with_ranks(authors, weights, options).localCheckpoint(eager=False)
        which = "all" if touched is None else f"{touched.count()} of"
        counts = ranked.count(), ranked.where("rank IS NOT NULL").count(), which
        logger.info("%d authors, %d ranked; factors of %s authors computed", *counts)
        if not options.dry_run:
            create_table(spark, settings, TABLE)
            merge_changed_rows(ranked, settings, TABLE, STAMPS, drops=F.lit(True))
            for hop, state in now.items():  # last, so that a killed run is repeated
                write_pipeline_state(spark, settings, hop, state)


def read_factors(tweets: DataFrame, settings: Settings, touched: DataFrame | None) -> DataFrame:
    """Rows of FACTOR_COLUMNS of all authors: computed for those `touched`, else as they are stored."""
    spark = tweets.sparkSession
    cascades = read_table(spark, settings, CASCADES)
    if touched is None:
        return build_posts(tweets, cascades).transform(summarise_authors).select(*FACTOR_COLUMNS)
    own = tweets.join(F.broadcast(touched), "author_key", how="left_semi")
    new = build_posts(own, cascades).transform(summarise_authors).select(*FACTOR_COLUMNS)
    stored = read_table(spark, settings, TABLE, table_version(spark, settings, TABLE)).select(*FACTOR_COLUMNS)
    return stored.join(F.broadcast(touched), "author_key", how="left_anti").select(*FACTOR_COLUMNS).unionByName(new)


def find_touched(
    spark: SparkSession, settings: Settings, now: dict[str, PipelineState], options: Options
) -> DataFrame | None:
    """[author_key] whose factors may have changed since the last run; None where all must be computed."""
    states = {hop: read_pipeline_state(spark, settings, hop) for hop in FOLLOWED}
    before = {hop: state for hop, state in states.items() if state is not None}
    if options.full or len(before) < len(FOLLOWED) or not all(continues(before[hop], now[hop]) for hop in FOLLOWED):
        return None
    silver = read_table(spark, settings, SILVER, now[HOP].source_version)
    rows = silver.where(F.col("created_at") > F.lit(before[HOP].as_of)).select("author_key")
    try:
        with following_changes():
            for hop, table in FOLLOWED.items():
                versions = before[hop].source_version + 1, now[hop].source_version
                rows = rows.unionByName(read_all_changes(spark, settings, table, *versions).select("author_key"))
            return rows.where("author_key IS NOT NULL").distinct().localCheckpoint()
    except ChangesAreGone as error:
        logger.info("the changes since the last run can no longer be read (%s)", error)
        return None


def with_network(
    spark: SparkSession, settings: Settings, options: Options, factors: DataFrame, is_due: bool
) -> DataFrame:
    """Add what reactions of others decide, and who is excluded from the ranking."""
    edges = read_table(spark, settings, EDGES)
    if is_due:
        network = measure_network(edges).withColumn("network_as_of", F.lit(options.as_of.isoformat()).cast("timestamp"))
    else:
        network = read_table(spark, settings, TABLE, table_version(spark, settings, TABLE)).select(*KEY, *NETWORK)
    joined = factors.join(network, [*KEY], how="left")
    return exclude(joined.transform(lambda df: with_downstream_credit(df, edges)), settings)


def exclude(authors: DataFrame, settings: Settings) -> DataFrame:
    """Add excluded_because; the brands' own accounts are known by their handles."""
    spark, limits = authors.sparkSession, (settings.influence.min_followers, settings.influence.min_posts)
    handles = [brand.handle.lower() for brand in read_brands().values() if brand.handle]
    staff = read_table(spark, settings, IDENTITIES).where(F.lower("handle").isin(*handles)).select("author_key")
    return with_exclusion(authors, read_table(spark, settings, PROFILES), staff, *limits)


def network_is_due(spark: SparkSession, settings: Settings, options: Options) -> bool:
    """Whether the stored network is missing or older than NETWORK_HOURS."""
    newest = read_table(spark, settings, TABLE).agg(F.max("network_as_of")).collect()[0][0]
    return newest is None or in_utc(newest) + timedelta(hours=NETWORK_HOURS) <= in_utc(options.as_of)


def fit_weights(spark: SparkSession, settings: Settings, options: Options) -> Weights:
    """Test the score of a week ago on what followed, and keep the weights that predict it best."""
    split = options.as_of - WEEK
    tweets, edges = (read_table(spark, settings, name) for name in (SILVER, EDGES))
    seen = keep_window(tweets, settings.influence.window_days, options.as_of)
    asked = dict.fromkeys((*KEY, "post_count", *FEATURES, *FACTORS, "later"))
    history = build_history(seen, read_table(spark, settings, CASCADES), edges, split)
    tested = run_backtest(exclude(history, settings).where("excluded_because IS NULL").select(*asked).toPandas())
    if tested is None:
        logger.info("too few authors for a back-test: the score keeps its weights")
        return load_weights(settings)
    return track(settings, options.run_id, tested)


def with_ranks(authors: DataFrame, weights: Weights, options: Options) -> DataFrame:
    """Rows of GOLD_INFLUENCERS. A pandas UDF, because the bootstrap ranks a brand's authors many times."""
    eligible = authors.where("excluded_because IS NULL").select(*KEY, "post_count", *FEATURES, "posts")
    composite = weights.composite
    schema = ", ".join(f"{name} {kind}" for name, kind in RANKED.items())
    ranks = eligible.groupBy("brand").applyInPandas(lambda rows: rank_authors(rows, composite), schema)
    stamps = {
        "model_version": F.lit(weights.version),
        "run_id": F.lit(options.run_id),
        "as_of": F.lit(options.as_of.isoformat()).cast("timestamp"),
    }
    return conform(authors.join(ranks, [*KEY], how="left").withColumns(stamps), GOLD_INFLUENCERS)
