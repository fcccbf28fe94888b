"""Erase what X reports as deleted from every table, store and export (hourly; lands Kafka if no stream does)."""

import sys
from contextlib import suppress

from conf.command_line import AS_OF, DRY_RUN, FULL, RUN_ID, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.ingestion import land_compliance, land_tweets, observe_metrics
from pipelines.privacy import erase_desk, erase_exports, erase_tweets, purge_files, redact_reads
from pipelines.sinks.kafka_retention import prepare_topics
from pipelines.sinks.lake import lock_tables
from pipelines.sinks.streams import run_hops
from runtime.errors import TableLocked

FLAGS = (AS_OF, RUN_ID, DRY_RUN, FULL)


def land(settings: Settings) -> None:
    prepare_topics(settings)
    spark = build_session(settings, "erase_tweets")
    with suppress(TableLocked), lock_tables(settings, "bronze.tweets", "bronze.compliance"):
        run_hops(spark, settings, [(land_tweets, land_compliance)], once=True)
    observe_metrics.run(spark, settings)


def main(settings: Settings, options: Options) -> None:
    with lock_tables(settings, "restricted.tombstones", "restricted.erasure_receipts"):
        spark = build_session(settings, "erase_tweets")
        if not options.dry_run:
            land(settings)
        erase_tweets.run(spark, settings, options)
        redact_reads.run(spark, settings, options)
        erase_desk.run(spark, settings, options)
        purge_files.run(spark, settings, options)
        erase_exports.run(spark, settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
