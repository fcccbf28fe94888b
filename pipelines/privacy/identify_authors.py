"""bronze.tweets -> restricted.author_identities: id and handle of authors who mentioned a brand by its handle.

Two uses need to find a person: the data export for somebody who asks (`export_author_data`), and an audience of people
who addressed the brand. Authors who only wrote about a brand, or retweeted, are not stored here. A run reads what
bronze gained since the last one; the newest handle wins. Erasures find these rows by author_key.
"""

import logging
from datetime import UTC, datetime, timedelta

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.brand.files import read_brands
from conf.command_line import Options
from conf.schemas.restricted import RESTRICTED_AUTHOR_IDENTITIES
from conf.schemas.shapes import conform
from conf.settings import Settings
from models.privacy.pseudonyms import build_key_frame, with_author_keys
from pipelines.sinks.lake import Merge, create_table, lock_tables, merge_rows
from pipelines.sinks.pipeline_state import write_pipeline_state
from pipelines.sources.author_handles import read_handles
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.lake import read_table
from pipelines.sources.pipeline_state import PipelineState, read_pipeline_state

logger = logging.getLogger("brandpulse.identify_authors")

BRONZE, TABLE = "bronze.tweets", "restricted.author_identities"
HOP = "identify_authors"
OVERLAP = timedelta(hours=1)
"""Batches of bronze may commit in another order than their times; reading a record twice is harmless."""


def run(spark: SparkSession, settings: Settings, options: Options) -> int:
    """Identify authors who mentioned a brand since the last run (`--full`: in all of bronze); returns their number.

    `--dry-run` only counts them. MissingPrerequisite without the author key's secret.
    """
    handles = {slug: brand.handle.lower() for slug, brand in read_brands().items() if brand.handle}
    with lock_tables(settings, TABLE):
        before = None if options.full else read_pipeline_state(spark, settings, HOP)
        since = before.as_of - OVERLAP if before else datetime(1971, 1, 1, tzinfo=UTC)
        records = read_table(spark, settings, BRONZE).where(F.col("ingested_at") >= F.lit(since))
        newest = records.agg(F.max("ingested_at")).collect()[0][0]
        keys = build_key_frame(spark, *read_secrets(spark, settings))
        authors = build_identities(records, handles, keys).persist()
        try:
            count = authors.count()
            logger.info("%d authors mentioned a brand by its handle", count)
            if not options.dry_run and newest is not None:
                create_table(spark, settings, TABLE)
                merge_rows(authors, settings, TABLE, Merge("s.seen_at > t.seen_at", _newest_with_all_brands()))
                state = PipelineState(before.source_version if before else 0, newest, options.run_id, "")
                write_pipeline_state(spark, settings, HOP, state)
            return count
        finally:
            authors.unpersist()


def build_identities(records: DataFrame, handles: dict[str, str], keys: DataFrame) -> DataFrame:
    """bronze.tweets rows -> RESTRICTED_AUTHOR_IDENTITIES rows; `handles`: {brand: its handle in lower case}."""
    mentioned = F.transform("mentioned_handles", F.lower)
    brands = F.array_compact(
        F.array(*[F.when(F.array_contains(mentioned, handle), F.lit(slug)) for slug, handle in sorted(handles.items())])
    )
    rows = (
        read_handles(records)
        .withColumn("brands", brands.cast("array<string>"))
        .where(F.size("brands") > 0)
        .groupBy("author_id")
        .agg(
            F.max_by("handle", "seen_at").alias("handle"),
            F.array_sort(F.array_distinct(F.flatten(F.collect_set("brands")))).alias("brands"),
            F.max("seen_at").alias("seen_at"),
        )
    )
    keyed = with_author_keys(rows.withColumn("plain", F.col("author_id")), keys, {"author_key": "plain"}, {})
    return conform(keyed, RESTRICTED_AUTHOR_IDENTITIES)


def _newest_with_all_brands() -> dict[str, str | Column]:
    return {
        "handle": "s.handle",
        "brands": F.expr("array_sort(array_union(t.brands, s.brands))"),
        "seen_at": "s.seen_at",
    }
