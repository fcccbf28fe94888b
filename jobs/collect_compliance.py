"""Collect what X says is gone or changed into Kafka: deletions, edits, protected, suspended and withheld posts.

jobs: X's batch compliance jobs about the ids of the lake. lookup: every tweet of the lake asked for again; each is a
read that X bills. stream: the compliance streams of an Enterprise account. All run until SIGTERM, or once.
"""

import sys
from collections.abc import Callable

from conf.command_line import DRY_RUN, Flag, Options, run_job
from conf.settings import Settings
from pipelines.collection import collect_compliance_jobs, collect_compliance_lookup, collect_compliance_stream

SOURCES: dict[str, Callable[[Settings, Options], None]] = {
    "jobs": collect_compliance_jobs.run,
    "lookup": collect_compliance_lookup.run,
    "stream": collect_compliance_stream.run,
}
FLAGS = (
    DRY_RUN,
    Flag("--source", "who tells (default: jobs)", {"choices": [*SOURCES], "default": "jobs"}),
    Flag("--once", "jobs, lookup: do it now, once, and end", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    SOURCES[options.extra["source"]](settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
