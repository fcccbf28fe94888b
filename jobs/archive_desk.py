"""Archive the desk in the lake: what happened to tickets, and what agents corrected. Run it once per minute."""

import sys

from conf.command_line import AS_OF, Options, run_job
from conf.settings import Settings
from pipelines.sinks.lake import lock_tables
from pipelines.tickets import archive_desk

FLAGS = (AS_OF,)


def main(settings: Settings, options: Options) -> None:
    with lock_tables(settings, "gold.ticket_events", "gold.feedback"):
        archive_desk.run(settings, options.as_of)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
