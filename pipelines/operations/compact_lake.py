"""Every table -> itself, in fewer and larger files; deletes files that no recent version needs.

A trigger of one second makes tens of thousands of commits per day. OPTIMIZE moves rows without changing them, so it may
run while the stream writes: Delta's conflict check lets the stream's commit win, and the next run compacts again.
"""

import logging

from pyspark.sql import SparkSession

from conf.settings import Settings
from conf.tables import TABLES
from pipelines.sinks.lake_files import compact_table
from pipelines.sources.lake import read_table, table_exists

logger = logging.getLogger("brandpulse.compact_lake")


def run(spark: SparkSession, settings: Settings, *, dry_run: bool) -> None:
    """Compact every table that exists; logs the number of its files before and after."""
    for name in sorted(TABLES):
        if not table_exists(spark, settings, name):
            continue
        before = len(read_table(spark, settings, name).inputFiles())
        if not dry_run:
            compact_table(spark, settings, name, settings.compact_lake.vacuum_hours)
        logger.info("%s: %d files -> %d", name, before, len(read_table(spark, settings, name).inputFiles()))
