"""The job dispatch_tickets with a brand of the test's own: `python -m tests.serving.alerts.dispatching <address>`."""

import sys

import conf.brand.files
from conf.command_line import Options, run_job
from conf.settings import Settings
from serving.desk import process
from tests.serving.alerts.incidents import BRAND, a_brand


def main(settings: Settings, options: Options) -> None:
    process.run(settings, options)


if __name__ == "__main__":
    address = sys.argv.pop()
    conf.brand.files.read_brands = lambda: {BRAND: a_brand(address)}
    sys.exit(run_job(main))
