"""Check that everything that was offered is accounted for: exit code 0 when it balances, 6 when it does not."""

import sys

from conf.command_line import DRY_RUN, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.ingestion import observe_metrics, reconcile_input

FLAGS = (DRY_RUN,)


def main(settings: Settings, options: Options) -> None:
    spark = build_session(settings, "check_balance")
    if not options.dry_run:
        observe_metrics.run(spark, settings)
    reconcile_input.run(spark, settings)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
