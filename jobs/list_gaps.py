"""Show the gaps of the collector that are not fully repaired, and why; --full shows the repaired gaps, too."""

import sys

from rich.console import Console

from conf.command_line import FULL, Flag, Options, run_job
from conf.settings import Settings
from pipelines.collection import list_gaps

FLAGS = (
    FULL,
    Flag("--json", "one JSON object per gap, for programs", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    list_gaps.run(settings, options, Console())


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
