"""Publish the last minutes of each brand to MongoDB, every few seconds until SIGTERM; needs no Spark."""

import sys

from conf.command_line import Flag, Options, run_job
from conf.settings import Settings
from pipelines.trends import publish_live

FLAGS = (Flag("--once", "publish one time and end", {"action": "store_true"}),)


def main(settings: Settings, options: Options) -> None:
    publish_live.run(settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
