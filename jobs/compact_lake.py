"""Compact and vacuum every table of the lake, also while the stream runs."""

import sys

from conf.command_line import DRY_RUN, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.operations import compact_lake

FLAGS = (DRY_RUN,)


def main(settings: Settings, options: Options) -> None:
    compact_lake.run(build_session(settings, "compact_lake"), settings, dry_run=options.dry_run)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
