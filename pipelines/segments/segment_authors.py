"""gold.author_profiles -> gold.author_segments, gold.segments, their history, events and fits, for each brand.

A fit chooses and fits segments (models/segments/fit.py) and reuses the ids of the segments before. For
`segment_authors.refit_days` after it, new authors join its segments and no id changes, unless a segment has become too
small (`smallest_segment`) or the model was deleted: then, and with `--full`, the segments are refitted at once.
Accounts flagged as bots or brands have no segment and count in no figure. A brand has no segments when it has fewer
than `min_authors` profiles or its authors have no structure: the log, the report and gold.segment_fits give the reason.

- gold.segment_history: each segment on each day. gold.segment_events: what a fit made of the segments before.
- gold.segment_fits: each fit with its drift (PSI per feature, adjusted Rand index). mlflow: the same, report and model.

Segments are compared with those of the newest fit that found any. With a fit without structure they died; found again
later, by their centroids alone, they returned with their ids and names.

A fit counts once its row is in gold.segment_fits: its events are written before it, all else after it. After a kill
before that row the next run deletes the events and fits again; after a later kill it joins authors to that fit.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from tqdm import tqdm

from conf.brand.files import read_brand
from conf.command_line import Options
from conf.schemas.shapes import conform
from conf.settings import Settings
from conf.tables import TABLES
from models.segments.drift import Spread
from models.segments.figures import read_figures
from models.segments.fit import Before, Fit, Rules, fit_segments
from models.segments.matching import highest_number
from models.segments.names import SegmentSummary
from models.segments.rows import event_rows, fit_row, history_rows, segment_rows
from models.segments.segmenter import Segmentation, assign_segments, restore_segmentation
from models.segments.tracking import find_model, track_fit
from pipelines.sinks.lake import Merge, create_table, delete_rows, lock_tables, merge_changed_rows, merge_rows
from pipelines.sources.lake import read_table

logger = logging.getLogger("brandpulse.segment_authors")

PROFILES, MEMBERS, SEGMENTS = "gold.author_profiles", "gold.author_segments", "gold.segments"
HISTORY, EVENTS, FITS = "gold.segment_history", "gold.segment_events", "gold.segment_fits"
WRITTEN = (EVENTS, FITS, SEGMENTS, HISTORY, MEMBERS)
"""In the order of writing."""
WEEK = timedelta(days=7)
Row = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """The last fit of a brand: its row of GOLD_SEGMENT_FITS, its age, and the segments for the next fit to match."""

    fit: Row | None
    age_days: float
    before: Before


@dataclass(frozen=True)
class Outcome:
    """A brand's rows after a run; `fit` is None where authors joined the segments of an earlier one."""

    brand: str
    members: DataFrame | None
    segments: list[Row]
    fit: Fit | None


def run(spark: SparkSession, settings: Settings, options: Options) -> None:
    """Segment the authors of every brand (`--brand`: of one); `--dry-run` counts the brands and writes nothing."""
    profiles = (
        read_table(spark, settings, PROFILES).where(_of(options.brand, "brand")).transform(keep_customers).persist()
    )
    try:
        brands = _large_enough(profiles, settings.segment_authors.min_authors)
        if options.dry_run:
            logger.info("dry run: %d brands would be segmented, nothing written", len(brands))
            return
        with lock_tables(settings, *WRITTEN):
            _prepare(spark, settings)
            outcomes = [_segment(profiles.where(F.col("brand") == one), one, settings, options) for one in brands]
            _write(spark, settings, options, outcomes)
    finally:
        profiles.unpersist()


def keep_customers(profiles: DataFrame) -> DataFrame:
    """Authors that no rule flags as a bot or a brand."""
    flagged = F.coalesce("is_bot_like", F.lit(False)) | F.coalesce("is_brand_account", F.lit(False))
    return profiles.where(~flagged)


def _prepare(spark: SparkSession, settings: Settings) -> None:
    """Create the tables; delete the events of runs that were killed before their fit was written."""
    for name in WRITTEN:
        create_table(spark, settings, name)
    fits = read_table(spark, settings, FITS)
    delete_rows(read_table(spark, settings, EVENTS).join(fits, ["brand", "run_id"], how="left_anti"), settings, EVENTS)


def _segment(own: DataFrame, brand: str, settings: Settings, options: Options) -> Outcome:
    known, minimum = _read_known(own.sparkSession, settings, options, brand), settings.segment_authors.smallest_segment
    before = _read_week_ago(own.sparkSession, settings, options, brand)
    joined = _join(brand, known, settings, options)
    if known.fit and (joined or (_is_fresh(known, settings, options) and not known.fit["segment_count"])):
        outcome = Outcome(brand, *_describe(own, brand, joined, known.fit, before, minimum), None)
        if joined is None or len(outcome.segments) == len(joined.centroids):  # otherwise one has become too small
            logger.info("%s: fitted %.1f days ago, new authors join", brand, known.age_days)
            return outcome
    fit = _fit(own, brand, known.before, settings)
    members, segments = _describe(own, brand, fit.segmentation, fit_row(fit), before, minimum)
    last_version = known.fit["model_version"] if known.fit and not options.full else None
    track_fit(settings, brand, options.run_id, fit, {row["segment_id"]: row["name"] for row in segments}, last_version)
    return Outcome(brand, members, segments, fit)


def _join(brand: str, known: Known, settings: Settings, options: Options) -> Segmentation | None:
    """The segments of the last fit while it is fresh and its model has the version in the tables."""
    if not known.fit or not known.fit["centroids"] or not _is_fresh(known, settings, options):
        return None
    model = find_model(settings, brand)
    restored = restore_segmentation(model, known.before.centroids) if model else None
    return restored if restored and restored.version == known.fit["model_version"] else None


def _is_fresh(known: Known, settings: Settings, options: Options) -> bool:
    return known.fit is not None and not options.full and known.age_days < settings.segment_authors.refit_days


def _fit(own: DataFrame, brand: str, before: Before, settings: Settings) -> Fit:
    asked = settings.segment_authors
    ks = range(asked.min_segments, asked.max_segments + 1)
    rules = Rules(ks, asked.seed, asked.smallest_segment, asked.sample_authors)
    with tqdm(total=len(ks), desc=f"segments of {brand}", unit="k", disable=None) as bar:
        fit = fit_segments(own, rules, before, bar.update)
    chosen = fit.choice.chosen
    if fit.segmentation is None or chosen is None:
        logger.info("%s: no segments: %s", brand, fit.choice.reason)
        return fit
    count, version = len(fit.segmentation.centroids), fit.segmentation.version
    scores = (chosen.silhouette, chosen.stability)
    logger.info("%s: %d segments, silhouette %.3f, stability %.2f, %s", brand, count, *scores, version)
    return fit


def _describe(
    own: DataFrame, brand: str, found: Segmentation | None, fit: Row, before: dict[str, Row], minimum: int
) -> tuple[DataFrame | None, list[Row]]:
    """All authors with their segment, and the rows of GOLD_SEGMENTS."""
    if found is None:
        return None, []
    members = assign_segments(found, own).persist()
    figures, everyone = read_figures(members, minimum)
    large = [one for one in found.centroids if one.segment_id in figures]
    summaries = [SegmentSummary(one.segment_id, one.z, figures[one.segment_id], everyone) for one in large]
    rows = segment_rows(summaries, read_brand(brand).segments, before, fit)
    return members, list(rows)


def _read_known(spark: SparkSession, settings: Settings, options: Options, brand: str) -> Known:
    fits = read_table(spark, settings, FITS).where(F.col("brand") == brand)
    fit, split = _newest(fits), _newest(fits.where(F.size("centroids") > 0))
    centroids, features = (split or {}).get("centroids", ()), (fit or {}).get("features", ())
    before = Before(
        {row["segment_id"]: {one["feature"]: one["value"] for one in row["values"]} for row in centroids},
        read_table(spark, settings, MEMBERS).where(F.col("brand") == brand).select("author_key", "segment_id"),
        _last_number(read_table(spark, settings, EVENTS).where(F.col("brand") == brand), fit),
        {one["feature"]: Spread(tuple(one["edges"]), tuple(one["shares"])) for one in features},
        is_living=split == fit,
    )
    age = (options.as_of.timestamp() * 1000 - fit["at_ms"]) / 86_400_000 if fit else float("inf")
    return Known(fit, age, before)


def _newest(fits: DataFrame) -> Row | None:
    newest = fits.withColumn("at_ms", F.unix_millis("as_of")).orderBy(F.desc("at_ms"), F.desc("run_id")).limit(1)
    return next((row.asDict(recursive=True) for row in newest.collect()), None)


def _last_number(events: DataFrame, fit: Row | None) -> int:
    """The highest number of any id of the brand so far; from the events where an older version made the fit."""
    if fit and fit["last_number"] is not None:
        return int(fit["last_number"])
    return highest_number(row["segment_id"] for row in events.select("segment_id").distinct().collect())


def _read_week_ago(spark: SparkSession, settings: Settings, options: Options, brand: str) -> dict[str, Row]:
    """The newest row of each segment that is at least a week old."""
    latest = F.max_by(F.struct("*"), "measured_on").alias("row")
    old = (F.col("brand") == brand) & (F.col("measured_on") <= F.lit((options.as_of - WEEK).date()))
    rows = read_table(spark, settings, HISTORY).where(old).groupBy("segment_id").agg(latest).collect()
    return {row["segment_id"]: row["row"].asDict() for row in rows}


def _write(spark: SparkSession, settings: Settings, options: Options, outcomes: Sequence[Outcome]) -> None:
    """Merge the rows of every brand; delete those segments and members of the options' brands that were not found."""
    drops = _of(options.brand, "t.brand")
    rows: dict[str, list[Row]] = {name: [] for name in WRITTEN if name != MEMBERS}
    for one in outcomes:
        made = {EVENTS: event_rows(one.fit), FITS: [fit_row(one.fit)]} if one.fit else {}
        made |= {SEGMENTS: one.segments, HISTORY: history_rows(one.segments, options.as_of.date())}
        for name, several in made.items():
            rows[name] += [row | {"brand": one.brand} for row in several]
    for name in (each for each, several in rows.items() if several or each == SEGMENTS):
        names = TABLES[name].schema.names
        stamped = [row | {"run_id": options.run_id, "as_of": options.as_of} for row in rows[name]]
        found = spark.createDataFrame([tuple(row.get(each) for each in names) for row in stamped], TABLES[name].schema)
        if name in (EVENTS, FITS):
            merge_rows(found, settings, name, Merge())
        else:
            merge_changed_rows(found, settings, name, ("run_id", "as_of"), drops=drops if name == SEGMENTS else None)
    _write_members(spark, settings, options, [one.members for one in outcomes if one.members is not None], drops)


def _write_members(
    spark: SparkSession, settings: Settings, options: Options, parts: Sequence[DataFrame], drops: Column
) -> None:
    stamp = {"run_id": F.lit(options.run_id), "as_of": F.lit(options.as_of.isoformat()).cast("timestamp")}
    rows = spark.createDataFrame([], TABLES[MEMBERS].schema)
    for part in parts:
        rows = rows.unionByName(conform(part.withColumns(stamp), TABLES[MEMBERS].schema))
    merge_changed_rows(rows, settings, MEMBERS, ("run_id", "as_of"), drops=drops)
    for part in parts:
        part.unpersist()


def _large_enough(profiles: DataFrame, minimum: int) -> list[str]:
    sizes = {row["brand"]: row["count"] for row in profiles.groupBy("brand").count().orderBy("brand").collect()}
    for brand, size in sizes.items():
        if size < minimum:
            logger.info(
                "%s: %d profiles, fewer than segment_authors.min_authors (%d): no segments", brand, size, minimum
            )
    return [brand for brand, size in sizes.items() if size >= minimum]


def _of(brand: str | None, column: str) -> Column:
    return F.lit(True) if brand is None else F.col(column) == brand
