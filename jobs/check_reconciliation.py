"""Check that every input object is accounted for: exit code 0 when the counts reconcile, 6 when they do not."""

import sys

from conf.command_line import DRY_RUN, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.ingestion import observe_metrics, reconcile_input

FLAGS = (DRY_RUN,)


def main(settings: Settings, options: Options) -> None:
    spark = build_session(settings, "check_reconciliation")
    if not options.dry_run:
        observe_metrics.run(spark, settings)
    reconcile_input.run(spark, settings)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
