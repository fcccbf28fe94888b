"""Build the cascades, rank the influencers of each brand, and publish both to MongoDB."""

import sys
from datetime import UTC, datetime
from functools import partial

from conf.command_line import AS_OF, DRY_RUN, FULL, RUN_ID, Flag, Options, at_moment, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.influence import build_cascades, publish_influencers, rank_influencers
from runtime.signals import repeat_until_told_to_end

WATCH = Flag("--watch", "again every influence.watch_seconds, until SIGTERM", {"action": "store_true"})
FLAGS = (AS_OF, RUN_ID, DRY_RUN, FULL, WATCH)


def main(settings: Settings, options: Options) -> None:
    refresh(settings, options)
    if options.extra["watch"]:
        repeat_until_told_to_end(partial(watch, settings, options), settings.influence.watch_seconds)


def watch(settings: Settings, options: Options) -> None:
    refresh(settings, at_moment(options, datetime.now(UTC)))


def refresh(settings: Settings, options: Options) -> None:
    spark = build_session(settings, "rank_influencers")
    build_cascades.run(spark, settings, options)
    rank_influencers.run(spark, settings, options)
    publish_influencers.run(spark, settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
