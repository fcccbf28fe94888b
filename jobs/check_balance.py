"""Check that everything that was offered is accounted for: exit code 0 when it balances, 6 when it does not."""

import sys

from conf.command_line import Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines import balance_input, observe_metrics


def main(settings: Settings, options: Options) -> None:
    spark = build_session(settings, "check_balance")
    observe_metrics.run(spark, settings)
    balance_input.run(spark, settings)


if __name__ == "__main__":
    sys.exit(run_job(main))
