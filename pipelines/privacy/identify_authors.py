"""bronze.tweets -> restricted.author_identities: id and handle of authors who mentioned a brand by its handle, and of
the public influencers in gold.influencers.

Three uses need to find a person: the data export for somebody who asks (`export_author_data`), an audience of people
who addressed the brand, and the names of influencers. Other authors who only wrote about a brand, or retweeted, are not
stored here. A run reads what bronze gained since the last one, and all of bronze for influencers who are new and not
known; the newest handle wins. Erasures find these rows by author_key.
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

BRONZE, TABLE, RANKED = "bronze.tweets", "restricted.author_identities", "gold.influencers"
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
        bronze = read_table(spark, settings, BRONZE)
        records = bronze.where(F.col("ingested_at") >= F.lit(since))
        newest = records.agg(F.max("ingested_at")).collect()[0][0]
        keys = build_key_frame(spark, *read_secrets(spark, settings))
        ranked = read_table(spark, settings, RANKED).where("rank IS NOT NULL").persist()
        known = read_table(spark, settings, TABLE).select("author_key")
        new = ranked.where(F.col("as_of") >= F.lit(since)).join(known, "author_key", how="left_anti")
        is_complete = ranked.isEmpty() or new.isEmpty()
        authors = build_identities(records if is_complete else bronze, handles, keys, ranked).persist()
        try:
            count = authors.count()
            logger.info("%d authors mentioned a brand by its handle or are influencers", count)
            if not options.dry_run and newest is not None:
                create_table(spark, settings, TABLE)
                merge_rows(authors, settings, TABLE, Merge("s.seen_at > t.seen_at", _newest_with_all_brands()))
                state = PipelineState(before.source_version if before else 0, newest, options.run_id, "")
                write_pipeline_state(spark, settings, HOP, state)
            return count
        finally:
            authors.unpersist()
            ranked.unpersist()


def build_identities(
    records: DataFrame, handles: dict[str, str], keys: DataFrame, influencers: DataFrame | None = None
) -> DataFrame:
    """bronze.tweets rows -> RESTRICTED_AUTHOR_IDENTITIES rows; `handles`: {brand: its handle in lower case}.

    `influencers` [brand, author_key] are identified as well, without having mentioned the brand.
    """
    mentioned = F.transform("mentioned_handles", F.lower)
    brands = F.array_compact(
        F.array(*[F.when(F.array_contains(mentioned, handle), F.lit(slug)) for slug, handle in sorted(handles.items())])
    )
    rows = (
        read_handles(records)
        .withColumn("brands", brands.cast("array<string>"))
        .where(F.lit(influencers is not None) | (F.size("brands") > 0))
        .groupBy("author_id")
        .agg(
            F.max_by("handle", "seen_at").alias("handle"),
            F.array_sort(F.array_distinct(F.flatten(F.collect_set("brands")))).alias("brands"),
            F.max("seen_at").alias("seen_at"),
        )
    )
    keyed = with_author_keys(rows.withColumn("plain", F.col("author_id")), keys, {"author_key": "plain"}, {})
    if influencers is not None:
        listed = influencers.groupBy("author_key").agg(F.collect_set("brand").alias("ranked_brands"))
        joined = keyed.join(F.broadcast(listed), "author_key", how="left")
        both = F.array_union("brands", F.coalesce("ranked_brands", F.array().cast("array<string>")))
        keyed = joined.withColumn("brands", F.array_sort(both)).where(F.size("brands") > 0)
    return conform(keyed, RESTRICTED_AUTHOR_IDENTITIES)


def _newest_with_all_brands() -> dict[str, str | Column]:
    return {
        "handle": "s.handle",
        "brands": F.expr("array_sort(array_union(t.brands, s.brands))"),
        "seen_at": "s.seen_at",
    }
