"""Show whether the collectors are running: rates, lag, gaps, and the share of the month's reads that is used."""

import sys

from rich.console import Console

from conf.command_line import AS_OF, Flag, Options, run_job
from conf.settings import Settings
from pipelines.collection import report_collector

FLAGS = (
    AS_OF,
    Flag("--json", "one JSON object, for programs", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    report_collector.run(settings, options, Console())


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
