"""Compare each brand's last hour with what is usual and write alerts, every minute until SIGTERM; needs no Spark."""

import sys

from conf.command_line import Flag, Options, run_job
from conf.settings import Settings
from pipelines.alerts import raise_alerts

FLAGS = (Flag("--once", "look one time and end", {"action": "store_true"}),)


def main(settings: Settings, options: Options) -> None:
    raise_alerts.run(settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
