"""Tables of the lake -> MongoDB `operations`: what an operator watches, one document per measured thing.

`_id` is `<kind>:<name>`; `value` has the unit `unit` and is null where there is nothing to measure. The figures are of
the pipeline or of tweets as a whole: none describes a person, so an erasure reaches none of these documents.

- freshness: minutes since the last commit to a table.
- reconciliation: input objects that are unaccounted for.
- gap: gaps of the collection, by state. reads: tweets read of X in this month, by source; the price is in `detail`.
- erasure: notices done in 30 days, notices that wait, and the hours that the oldest of them has waited.
- model: accuracy of the annotator in use, on the split that `detail` names. drift: the largest stability index of its
  last measured day.
"""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, replace
from datetime import timedelta

from pyspark.sql import SparkSession
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
DOCUMENT = shape(**several("kind", "name", kind="string"), value="double", **several("unit", "detail", kind="string"))
DONE_DAYS = 30
DRIFT = ("sentiment_psi", "subjectivity_psi", "complaint_psi", "category_psi")


@dataclass(frozen=True)
class Measure:
    """One document."""

    kind: str
    name: str
    value: float | None
    unit: str
    detail: str = ""


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
    scores = json.loads(results.read_text("utf-8")).get("val", {}).get("int8", {}) if results.exists() else {}
    for name, value in scores.items():
        if isinstance(value, int | float):
            yield Measure("model", name, value, "0 to 1", f"{annotator_version(folder)} on TweetEval val")
    drift = read_table(spark, settings, "gold.model_drift").orderBy(F.desc("created_on")).limit(1).collect()
    for row in drift:
        largest = max(row[name] for name in DRIFT if row[name] is not None)
        yield Measure("drift", row["model_version"], largest, "index", f"{row['verdict']} on {row['created_on']}")


MEASURES: tuple[Callable[[SparkSession, Settings, Options], Measures], ...] = (
    measure_freshness,
    measure_gaps,
    measure_reads,
    measure_erasures,
    measure_model,
)
