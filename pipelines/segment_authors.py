"""gold.author_profiles -> gold.author_segments, gold.segments: K-Means segments of each brand's authors.

How features are prepared, k chosen and ids kept stable: models/segmenter.py. Figures of a segment are means over its
authors, each counting once (`followers_median`: the median); shares and sentiment are 0..1; silhouette_score is that of
the brand's whole split. A brand of fewer than `segment_authors.min_authors` profiles has no segments, nor has one where
every split would leave a segment of fewer than `smallest_segment` authors: a small segment could be recognised.
Parameters, metrics, the chart and the model are kept in mlflow; a model equal to the last one is not registered again.
"""

import logging
import re
from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from tqdm import tqdm

from conf.command_line import Options
from conf.schemas import conform
from conf.settings import Settings
from conf.tables import TABLES
from models.segment_chart import build_chart
from models.segment_names import build_description, build_names
from models.segmenter import COUNTS, FEATURES, RATES, Segmentation, assign_segments, fit_segments
from models.tracking import TrackedRun, tracked_run
from pipelines.sinks.lake import create_table, lease, merge_changed_rows
from pipelines.sources.lake import read_table

logger = logging.getLogger("brandpulse.segment_authors")

PROFILES, MEMBERS, SEGMENTS = "gold.author_profiles", "gold.author_segments", "gold.segments"
FIGURES = ("sentiment_mean", "subjectivity_mean", "reply_share", "quote_share", "retweet_share", "engagement_per_tweet")


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Segment the authors of every brand (`--brand`: of one); `--dry-run` says which and writes nothing."""
    profiles = read_table(spark, settings, PROFILES).where(_of(options.brand, "brand")).persist()
    try:
        brands = _large_enough(profiles, settings.segment_authors.min_authors)
        if options.dry_run:
            logger.info("dry run: %d brands would be segmented, nothing written", len(brands))
            return
        with lease(settings, MEMBERS, SEGMENTS):
            known = _known_versions(spark, settings)
            tried = {brand: _fit(profiles, brand, settings, options, known.get(brand)) for brand in brands}
            fitted = {brand: found for brand, found in tried.items() if found}
            members = {
                brand: assign_segments(found, profiles.where(F.col("brand") == brand))
                for brand, found in fitted.items()
            }
            segments = [with_words(members[brand], brand, found) for brand, found in fitted.items()]
            _write(spark, settings, options, MEMBERS, list(members.values()))
            _write(spark, settings, options, SEGMENTS, segments)
    finally:
        profiles.unpersist()


def with_words(members: DataFrame, brand: str, fitted: Segmentation) -> DataFrame:
    """Profiles with segment_id -> GOLD_SEGMENTS rows of the brand, but for the run."""
    figures = summarise_segments(members)
    means = {row["segment_id"]: row.asDict() for row in figures.collect()}
    everyone = means.pop(None)
    names = build_names([centroid.z for centroid in fitted.centroids])
    told = [
        (each.segment_id, name, build_description(each.z, means[each.segment_id], everyone))
        for each, name in zip(fitted.centroids, names, strict=True)
    ]
    words = members.sparkSession.createDataFrame(told, "segment_id string, name string, description string")
    return figures.join(F.broadcast(words), "segment_id").withColumns(
        {
            "brand": F.lit(brand),
            "author_share": F.col("author_count") / F.lit(everyone["author_count"]),
            "silhouette_score": F.lit(fitted.silhouette).cast("double"),
            "model_version": F.lit(fitted.version),
        }
    )


def summarise_segments(members: DataFrame) -> DataFrame:
    """One row a segment and one of everyone (segment_id null): sizes, the figures, and `mean_` of every feature."""
    return members.rollup("segment_id").agg(
        F.count("*").alias("author_count"),
        F.sum("tweet_count").alias("tweet_count"),
        F.median("followers_count").alias("followers_median"),
        _mean("tweet_count").alias("tweets_per_author"),
        *[_mean(name).alias(name) for name in FIGURES],
        *[_mean(name).alias(f"mean_{name}") for name in FEATURES],
    )


def _fit(
    profiles: DataFrame, brand: str, settings: Settings, options: Options, known_version: str | None
) -> Segmentation | None:
    own, asked = profiles.where(F.col("brand") == brand), settings.segment_authors
    ks = range(asked.min_segments, asked.max_segments + 1)
    with tqdm(total=len(ks), desc=f"segments of {brand}", unit="k", disable=None) as bar:
        fitted = fit_segments(own, ks, asked.seed, asked.smallest_segment, bar.update)
    if fitted is None:
        least = asked.smallest_segment
        logger.info("%s: no split leaves every segment %d authors (segment_authors.smallest_segment)", brand, least)
        return None
    silhouette = "none" if fitted.silhouette is None else f"{fitted.silhouette:.3f}"
    logger.info("%s: %d segments, silhouette %s, %s", brand, len(fitted.centroids), silhouette, fitted.version)
    with tracked_run(settings, "segment_authors", f"{brand}-{options.run_id}") as tracked:
        _track(tracked, fitted, brand, settings)
        if options.full or fitted.version != known_version:
            version = tracked.register_spark_model(fitted.model, f"segments-{_file_name(brand)}")
            logger.info("%s: registered as version %s of segments-%s", brand, version, _file_name(brand))
    return fitted


def _track(tracked: TrackedRun, fitted: Segmentation, brand: str, settings: Settings) -> None:
    """Parameters, metrics and the chart of the choice in mlflow; the chart in the reports too."""
    tracked.log_parameters(
        {"brand": brand, "model_version": fitted.version, "log1p": " ".join(COUNTS), "as_they_are": " ".join(RATES)}
        | settings.segment_authors.model_dump()
    )
    authors = sum(centroid.author_count for centroid in fitted.centroids)
    tracked.log_metrics({"segments": len(fitted.centroids), "authors": authors})
    for tried in fitted.candidates:
        tracked.log_metrics({"silhouette": tried.silhouette, "cost": tried.cost}, step=tried.k)
    if fitted.candidates:
        chart = settings.reports / f"segments-{_file_name(brand)}.png"
        chart.parent.mkdir(parents=True, exist_ok=True)
        points = [(tried.k, tried.silhouette, tried.cost, tried.smallest) for tried in fitted.candidates]
        chart.write_bytes(build_chart(brand, points, fitted.chosen_k, settings.segment_authors.smallest_segment))
        tracked.log_files([chart])


def _write(spark: SparkSession, settings: Settings, options: Options, name: str, parts: list[DataFrame]) -> None:
    """Merge the rows of every brand; those of the brands asked for that are no more are deleted."""
    stamp = {"run_id": F.lit(options.run_id), "as_of": F.lit(options.as_of.isoformat()).cast("timestamp")}
    schema = TABLES[name].schema
    rows = reduce(
        DataFrame.unionByName,
        [conform(part.withColumns(stamp), schema) for part in parts],
        spark.createDataFrame([], schema),
    ).persist()
    try:
        create_table(spark, settings, name)
        merge_changed_rows(rows, settings, name, ("run_id", "as_of"), drops=_of(options.brand, "t.brand"))
    finally:
        rows.unpersist()


def _large_enough(profiles: DataFrame, least: int) -> list[str]:
    sizes = {row["brand"]: row["count"] for row in profiles.groupBy("brand").count().orderBy("brand").collect()}
    for brand, size in sizes.items():
        if size < least:
            logger.info("%s: %d profiles, fewer than segment_authors.min_authors (%d): no segments", brand, size, least)
    return [brand for brand, size in sizes.items() if size >= least]


def _known_versions(spark: SparkSession, settings: Settings) -> dict[str, str]:
    rows = read_table(spark, settings, SEGMENTS).select("brand", "model_version").distinct().collect()
    return {row["brand"]: row["model_version"] for row in rows}


def _mean(name: str) -> Column:
    """Of exact decimals, so that no order of rows changes the last digit."""
    number = F.col(name).cast("double").cast("decimal(28,16)")
    return F.sum(number).cast("double") / F.count(number)


def _of(brand: str | None, column: str) -> Column:
    return F.lit(True) if brand is None else F.col(column) == brand


def _file_name(brand: str) -> str:
    return re.sub(r"[^\w.-]", "_", brand)
