"""Score whole days of silver.tweets again with another annotator; the stream can run meanwhile.

A second run changes nothing: only tweets that another version scored are scored again.
"""

import sys

from conf.command_line import DRY_RUN, Flag, Options, day, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.annotation import reannotate_tweets
from pipelines.sinks.lake import lock_tables

FLAGS = (
    DRY_RUN,
    Flag("--from", "first day, by created_on: 2026-05-04", {"type": day, "metavar": "DAY"}),
    Flag("--to", "last day, inclusive", {"type": day, "metavar": "DAY"}),
    Flag(
        "--annotator",
        "an annotator folder, or the number or alias of a registered version (default: what the stream would load)",
        {"metavar": "WHICH"},
    ),
)


def main(settings: Settings, options: Options) -> None:
    with lock_tables(settings, "reannotate_tweets"):
        reannotate_tweets.run(build_session(settings, "reannotate_tweets"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
