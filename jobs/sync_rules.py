"""Bring the rules of X's filtered stream in line with conf/brands/*.yaml; --dry-run shows the changes and their price.

Only rules whose tag begins with `brand:` are touched. Code 10: X refuses a rule, the sentence names its place.
"""

import sys

from rich.console import Console

from conf.command_line import BRAND, DRY_RUN, Options, run_job
from conf.settings import Settings
from pipelines.collection import sync_rules

FLAGS = (BRAND, DRY_RUN)


def main(settings: Settings, options: Options) -> None:
    """Synchronise, or show what would change."""
    sync_rules.run(settings, options, Console())


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
