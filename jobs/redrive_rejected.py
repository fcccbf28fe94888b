"""Parse the rejected records that are still open again, from bronze. Stop the stream first: it locks both tables."""

import logging
import sys

from conf.command_line import DRY_RUN, RUN_ID, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.annotation import annotate_tweets
from pipelines.sinks.lake import lock_tables

logger = logging.getLogger("brandpulse.redrive_rejected")

FLAGS = (RUN_ID, DRY_RUN)


def main(settings: Settings, options: Options) -> None:
    with lock_tables(settings, "silver.tweets", "silver.rejected_tweets"):
        spark = build_session(settings, "redrive_rejected")
        tried, repaired = annotate_tweets.redrive(spark, settings, options.run_id, dry_run=options.dry_run)
        logger.info("%d open rejects tried: %d repaired, %d still open", tried, repaired, tried - repaired)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
