"""Load the collector's state into the lake: settled gaps, and API reads per source and day. Run it once per minute."""

import sys

from conf.command_line import AS_OF, DRY_RUN, FULL, Options, run_job
from conf.settings import Settings
from pipelines.collection import load_collector_state

FLAGS = (AS_OF, DRY_RUN, FULL)


def main(settings: Settings, options: Options) -> None:
    load_collector_state.run(settings, options.as_of, full=options.full, dry_run=options.dry_run)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
