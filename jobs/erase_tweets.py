"""Erase what X says is gone, from every table, store and export, and complete the receipts of it. Run it hourly.

While the stream is down this job lands what Kafka holds, so that no notice waits and nothing is lost to its retention.
"""

import sys
from contextlib import suppress

from pyspark.sql import SparkSession

from conf.command_line import Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.ingestion import land_compliance, land_tweets, observe_metrics
from pipelines.privacy import erase_exports, erase_tweets, purge_files
from pipelines.sinks.kafka_retention import prepare_topics
from pipelines.sinks.lake import lock_tables
from pipelines.sinks.streams import run_hops
from runtime.errors import TableLocked


def land(spark: SparkSession, settings: Settings) -> None:
    with suppress(TableLocked), lock_tables(settings, "bronze.tweets", "bronze.compliance"):
        run_hops(spark, settings, (land_tweets, land_compliance), (), once=True)
    observe_metrics.run(spark, settings)


def main(settings: Settings, options: Options) -> None:
    prepare_topics(settings)
    with lock_tables(settings, "restricted.tombstones", "restricted.erasure_receipts"):
        spark = build_session(settings, "erase_tweets")
        {False: land, True: lambda *_: None}[options.dry_run](spark, settings)
        erase_tweets.run(spark, settings, options)
        purge_files.run(spark, settings, options)
        erase_exports.run(spark, settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main))
