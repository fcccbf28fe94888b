"""silver.tweets, restricted.campaign_members -> gold.campaign_results: the effect of a campaign on its audience.

Difference in differences: for each author the mean of an outcome over the tweets since the campaign started, less that
over as many days before; then the difference of these changes between the audience and its holdout, to which authors
were assigned at random, with Welch's 95 % interval. An outcome is reported only where K authors of each side have
tweets before and after. An author's change is capped at the quantiles TAILS of all changes, and results are rounded
(models/privacy/anonymity.py): sentiment to two decimals, engagement to two digits of the farther end of its interval.
"""

import logging
from math import sqrt

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options, required
from conf.schemas.gold import GOLD_CAMPAIGN_RESULTS
from conf.settings import Settings
from models.privacy.anonymity import cap_amounts
from models.privacy.limits import SHARE_DECIMALS, K, amount_decimals, round_count
from models.profiles.author_features import own_engagement
from pipelines.sinks.lake import create_table, lock_tables, merge_changed_rows
from pipelines.sources.lake import read_table
from runtime.errors import BadInput

logger = logging.getLogger("brandpulse.measure_campaign")

SILVER, MEMBERS, TABLE = "silver.tweets", "restricted.campaign_members", "gold.campaign_results"
SURE = 1.96
OUTCOMES = ("sentiment", "engagement")
Row = dict[str, object]


def run(spark: SparkSession, settings: Settings, options: Options) -> list[Row]:
    """Measure `--campaign`; returns a row of GOLD_CAMPAIGN_RESULTS per outcome, written unless `--dry-run`.

    BadInput for a campaign without members.
    """
    campaign = required(options, "campaign")
    members = read_table(spark, settings, MEMBERS).where(F.col("campaign") == campaign).persist()
    first = members.agg(F.min("started_at"), F.first("brand"), F.first("segment_id")).collect()[0]
    if first[0] is None:
        raise BadInput(f"campaign {campaign!r} has no members: export its audience first")
    tweets = read_table(spark, settings, SILVER).join(members.drop("brand"), "author_key", how="inner")
    changes = build_changes(tweets.where(F.array_contains("brands", first[1])), options).persist()
    rows = [
        measure_outcome(changes, outcome) | {"campaign": campaign, "brand": first[1], "segment_id": first[2]}
        for outcome in OUTCOMES
    ]
    for row in rows:
        logger.info("%s: %s", row["outcome"], row["verdict"])
    if not options.dry_run:
        write_results(spark, settings, options, rows)
    members.unpersist()
    changes.unpersist()
    return rows


def build_changes(tweets: DataFrame, options: Options) -> DataFrame:
    """SILVER_TWEETS, is_control, started_at -> [author_key, is_control, sentiment, engagement]: after less before."""
    now = F.lit(options.as_of.isoformat()).cast("timestamp")
    span = F.unix_seconds(now) - F.unix_seconds("started_at")
    since = F.unix_seconds("created_at") - F.unix_seconds("started_at")
    is_after = F.when((since >= 0) & (since < span), True).when((since < 0) & (since >= -span), False)
    outcomes = {"sentiment": F.col("sentiment.score"), "engagement": own_engagement()}
    changes = (
        tweets.withColumn("is_after", is_after)
        .where("is_after IS NOT NULL")
        .groupBy("author_key", "is_control")
        .agg(*(_change(value).alias(name) for name, value in outcomes.items()))
    )
    return cap_amounts(changes, OUTCOMES)


def measure_outcome(changes: DataFrame, outcome: str) -> Row:
    """One outcome: authors of each side, the effect and its interval; with too few authors only the reason."""
    known = changes.where(F.col(outcome).isNotNull())
    arms = known.groupBy("is_control").agg(F.count("*"), F.avg(outcome), F.var_samp(outcome)).collect()
    sides = {arm[0]: tuple(arm)[1:] for arm in arms}
    if any(sides.get(side, (0,))[0] < K for side in (True, False)):
        return {"outcome": outcome, "verdict": f"one side has fewer than {K} authors with tweets before and after"}
    (count, mean, variance), (holdout, mean_holdout, variance_holdout) = sides[False], sides[True]
    effect, error = mean - mean_holdout, sqrt(variance / count + variance_holdout / holdout)
    ends = [effect + sign * SURE * error for sign in (-1, 1)]
    decimals = SHARE_DECIMALS if outcome == "sentiment" else amount_decimals(*ends)
    low, high = (round(end, decimals) for end in ends)
    verdict = "no effect is shown" if low <= 0 <= high else "rose" if effect > 0 else "fell"
    return {
        "outcome": outcome,
        "audience_count": round_count(count),
        "control_count": round_count(holdout),
        "effect": round(effect, decimals),
        "effect_low": low,
        "effect_high": high,
        "verdict": verdict,
    }


def write_results(spark: SparkSession, settings: Settings, options: Options, rows: list[Row]) -> None:
    """One row per campaign and outcome; a later measurement replaces it."""
    stamped = [row | {"run_id": options.run_id, "as_of": options.as_of} for row in rows]
    values = [tuple(row.get(name) for name in GOLD_CAMPAIGN_RESULTS.names) for row in stamped]
    with lock_tables(settings, TABLE):
        create_table(spark, settings, TABLE)
        found = spark.createDataFrame(values, GOLD_CAMPAIGN_RESULTS)
        merge_changed_rows(found, settings, TABLE, ("run_id", "as_of"))


def _change(value: Column) -> Column:
    return F.avg(F.when(F.col("is_after"), value)) - F.avg(F.when(~F.col("is_after"), value))
