"""What one run publishes to the aggregate audience, as a viewer reads it, with the protection on or off."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from pyspark.sql import DataFrame, SparkSession

from benchmarks.reidentification.departures import Documents
from benchmarks.reidentification.viewer import Viewer
from conf.command_line import Options
from conf.settings import Settings
from models.segments import figures
from pipelines.segments import export_segments, publish_segments, segment_authors
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.sources.lake import read_table

PROFILES = "gold.author_profiles"
RUNS = itertools.count(1)
"""Numbers of publications: a later one replaces what an earlier one published, with the protection on or off."""


def serve(
    spark: SparkSession, settings: Settings, viewer: Viewer, profiles: DataFrame, day: int, *, full: bool = False
) -> tuple[Documents, Mapping[str, Sequence[str]]]:
    """What the API, the pages and the exports show after the run of a day, and segment_id -> author keys."""
    create_table(spark, settings, PROFILES)
    overwrite_rows(profiles, settings, PROFILES)
    segment_authors.run(spark, settings, options_of(day, full=full))
    publish_segments.run(spark, settings, replace(options_of(day), run_id=next(RUNS)))
    brands = [row[0] for row in read_table(spark, settings, "gold.segments").select("brand").distinct().collect()]
    reads = (viewer.read_segments, viewer.read_pages)
    documents = [document for brand in brands for read in reads for document in read(brand)]
    options = options_of(day, format="json", output=str(settings.home / "exports"))
    for file in export_segments.run(spark, settings, options):
        documents += [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    rows = read_table(spark, settings, "gold.author_segments").select("segment_id", "author_key").collect()
    members: dict[str, list[str]] = {}
    for segment_id, key in rows:
        members.setdefault(segment_id, []).append(key)
    return documents, members


@contextmanager
def unprotected() -> Iterator[None]:
    """Publish exact figures: no small cells hidden, no limits, no rounding."""
    with (
        patch.object(figures, "keep_servable", lambda summary, *_: summary),
        patch.object(figures, "cap_amounts", lambda rows, *_: rows),
    ):
        yield


def keep_cells(documents: Documents) -> Documents:
    """The documents of gold.segments, from the store and from the files."""
    return [each for each in documents if "followers_median" in each]


def options_of(day: int, *, full: bool = False, **extra: str) -> Options:
    """The options of a job on that day."""
    as_of = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=day)
    return Options(None, None, as_of, day, dry_run=False, full=full, extra=extra)
