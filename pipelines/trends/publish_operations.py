"""Tables of the lake -> MongoDB `operations`: what an operator watches, one document per measured thing.

`_id` is `<kind>:<name>`; `value` has the unit `unit` and is null where there is nothing to measure. The figures are of
the pipeline or of tweets as a whole: none describes a person, so an erasure reaches none of these documents.

- freshness: minutes since the last commit to a table.
- reconciliation: input objects that are unaccounted for.
- gap: gaps of the collection, by state. collection_gap: hours of each gap of GAP_DAYS, with its ends.
- reads: tweets read of X in this month, by source; the price is in `detail`.
- erasure: notices done in 30 days, notices that wait, and the hours that the oldest of them has waited.
- job: minutes since the last run of a hop that records how far it has read; `detail` names the run.
- model: measures of the annotator in use, on the split that `detail` names. accuracy: the measure of each task that it
  was trained for, with its interval. calibration: the mean distance of a task's probabilities from the truth.
- drift: the largest stability index of its last measured day. drift_day: that of each of DRIFT_DAYS, `detail` has the
  annotator's version.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.schemas.shapes import several, shape
from conf.settings import Settings
from conf.tables import TABLES
from models.annotation.annotator import annotator_folder, annotator_version
from pipelines.sinks.mongo import publish_snapshot
from pipelines.sources.lake import read_table, written_at

logger = logging.getLogger("brandpulse.publish_operations")

NAME = "operations"
INDEXES = ([("kind", 1), ("_id", 1)],)
DOCUMENT = shape(
    **several("kind", "name", kind="string"),
    value="double",
    **several("unit", "detail", kind="string"),
    **several("low", "high", kind="double"),
    count="long",
    **several("started_at", "ended_at", kind="timestamp"),
)
DONE_DAYS = 30
GAP_DAYS, DRIFT_DAYS = 90, 90
OF_TASK = {"sentiment": "macro_recall", "airline": "accuracy"}
"""The measure of a task; macro F1 of all others."""
DRIFT = ("sentiment_psi", "subjectivity_psi", "complaint_psi", "category_psi")


@dataclass(frozen=True)
class Measure:
    """One document."""

    kind: str
    name: str
    value: float | None
    unit: str
    detail: str = ""
    low: float | None = None
    high: float | None = None
    count: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


Measures = Iterator[Measure]


def run(spark: SparkSession, settings: Settings, options: Options, unaccounted: int) -> None:
    """Measure and publish; `unaccounted`: the input objects that the reconciliation did not find."""
    found = [Measure("reconciliation", "input", unaccounted, "objects")]
    for measure in MEASURES:
        found += measure(spark, settings, options)
    if options.dry_run:
        logger.info("dry run: %d documents would be published as %s", len(found), NAME)
        return
    values = [replace(one, value=None if one.value is None else float(one.value)) for one in found]
    rows = spark.createDataFrame([astuple(one) for one in values], DOCUMENT)
    documents = rows.withColumns({"_id": F.concat_ws(":", "kind", "name"), "measured_at": F.lit(options.as_of)})
    publish_snapshot(documents, settings, NAME, options.run_id, INDEXES, {"as_of": options.as_of})


def measure_freshness(spark: SparkSession, settings: Settings, options: Options) -> Measures:
    for name in TABLES:
        written = written_at(spark, settings, name)
        minutes = None if written is None else max(0.0, (options.as_of - written).total_seconds() / 60)
        yield Measure("freshness", name, minutes, "minutes", "" if written else "not created yet")


def measure_gaps(spark: SparkSession, settings: Settings, options: Options) -> Measures:
    gaps = read_table(spark, settings, "bronze.collection_gaps")
    for state, count in gaps.groupBy("state").count().collect():
        yield Measure("gap", state, count, "gaps")
    since = F.lit(options.as_of - timedelta(days=GAP_DAYS))
    for gap in gaps.where(F.col("opened_at") >= since).orderBy("opened_at").collect():
        hours = None if gap["ended_at"] is None else (gap["ended_at"] - gap["opened_at"]).total_seconds() / 3600
        detail = f"{gap['source']} {gap['state']}: {gap['cause']}"
        times = {"started_at": gap["opened_at"], "ended_at": gap["ended_at"]}
        yield Measure("collection_gap", str(gap["gap_id"]), hours, "hours", detail, **times)


def measure_reads(spark: SparkSession, settings: Settings, options: Options) -> Measures:
    month = options.as_of.date().replace(day=1)
    reads = read_table(spark, settings, "bronze.api_reads").where(F.col("read_on") >= F.lit(month))
    for source, count, cost in reads.groupBy("source").agg(F.sum("read_count"), F.sum("cost_usd")).collect():
        yield Measure("reads", source, count, "tweets", f"{cost:,.2f} USD since {month}")


def measure_erasures(spark: SparkSession, settings: Settings, options: Options) -> Measures:
    done = read_table(spark, settings, "restricted.erasure_receipts").where("erased_at IS NOT NULL")
    notices = read_table(spark, settings, "bronze.compliance")
    waiting = notices.join(done.select("event_key"), "event_key", how="left_anti")
    count, oldest = waiting.agg(F.count("*"), F.min("ingested_at").cast("timestamp")).collect()[0]
    since = F.lit(options.as_of - timedelta(days=DONE_DAYS))
    yield Measure("erasure", "done", done.where(F.col("erased_at") >= since).count(), "notices", f"in {DONE_DAYS} days")
    yield Measure("erasure", "due", count, "notices")
    hours = (options.as_of.replace(tzinfo=None) - oldest).total_seconds() / 3600 if oldest else None
    yield Measure("erasure", "oldest due", hours, "hours", "each is due within 24 hours")


def measure_model(spark: SparkSession, settings: Settings, options: Options) -> Measures:
    folder = annotator_folder(settings)
    results = folder / "results.json"
    found = json.loads(results.read_text("utf-8")) if results.exists() else {}
    sentiment = found.get("val", {}).get("int8", {}).get("sentiment", {})
    for name in ("macro_recall", "accuracy", "macro_f1", "calibration_error"):
        if name in sentiment:
            yield Measure("model", name, sentiment[name], "0 to 1", f"{annotator_version(folder)} on TweetEval val")
    yield from measure_tasks({"sentiment": sentiment} | found.get("folds", {}))
    for name, value in found.get("calibrated", {}).items():
        yield Measure("calibration", name.removesuffix("_error"), value, "0 to 1")


def measure_tasks(tasks: Mapping[str, Mapping[str, Any]]) -> Measures:
    """The measure of each task that has one, with its interval."""
    for name, scores in tasks.items():
        measure = OF_TASK.get(name, "macro_f1")
        if measure in scores:
            ends: dict[str, Any] = {"low": scores.get("low"), "high": scores.get("high"), "count": int(scores["n"])}
            yield Measure("accuracy", name, scores[measure], "0 to 1", measure.replace("_", " "), **ends)


def measure_drift(spark: SparkSession, settings: Settings, options: Options) -> Measures:
    since = options.as_of.date() - timedelta(days=DRIFT_DAYS)
    days = read_table(spark, settings, "gold.model_drift").where(F.col("created_on") >= F.lit(since))
    rows = days.orderBy("created_on", "model_version").collect()
    for row in rows:
        start = datetime.combine(row["created_on"], time())
        day = {"started_at": start, "ended_at": start + timedelta(days=1), "count": row["tweet_count"]}
        yield Measure("drift_day", str(row["created_on"]), largest_index(row), "index", row["model_version"], **day)
    for row in rows[-1:]:
        detail = f"{row['verdict']} on {row['created_on']}"
        yield Measure("drift", row["model_version"], largest_index(row), "index", detail)


def largest_index(row: Row) -> float | None:
    return max((row[name] for name in DRIFT if row[name] is not None), default=None)


def measure_jobs(spark: SparkSession, settings: Settings, options: Options) -> Measures:
    for state in read_table(spark, settings, "ops.pipeline_state").where("as_of IS NOT NULL").orderBy("hop").collect():
        minutes = max(0.0, (options.as_of.replace(tzinfo=None) - state["as_of"]).total_seconds() / 60)
        yield Measure("job", state["hop"], minutes, "minutes", f"run {state['run_id']}")


MEASURES: tuple[Callable[[SparkSession, Settings, Options], Measures], ...] = (
    measure_freshness,
    measure_gaps,
    measure_reads,
    measure_erasures,
    measure_model,
    measure_drift,
    measure_jobs,
)
