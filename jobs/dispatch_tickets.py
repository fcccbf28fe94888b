"""Take complaints in as tickets and send them to the help desk, until SIGTERM; needs no Spark."""

import sys

from conf.command_line import Flag, Options, run_job
from conf.settings import Settings
from serving.desk import process

FLAGS = (Flag("--once", "take in and send what is due, then end", {"action": "store_true"}),)


def main(settings: Settings, options: Options) -> None:
    process.run(settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
