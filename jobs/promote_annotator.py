"""Make an annotator the champion, which the stream loads at its next start, unless it is worse on any head.

Prints a comparison of both; exit code 6 when the candidate is rejected. To roll back, run the job with the number of an
older version.
"""

import sys
from pathlib import Path

from conf.command_line import DRY_RUN, Flag, Options, required, run_job
from conf.settings import Settings
from models.training.promotion import Request, promote_annotator

FLAGS = (
    DRY_RUN,
    Flag("--candidate", "an annotator folder, or the number or alias of a registered version", {"metavar": "WHICH"}),
    Flag("--data", "folder with sentiment/, airline/, complaints/ and support/", {"type": Path}),
    Flag("--force", "promote it even if it is worse, and store this reason with it", {"metavar": "REASON"}),
)


def main(settings: Settings, options: Options) -> None:
    candidate, data = required(options, "candidate"), required(options, "data")
    promote_annotator(settings, Request(candidate, data, options.extra["force"], options.dry_run))


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
