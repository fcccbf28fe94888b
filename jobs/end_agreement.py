"""Delete everything that came from X, because the agreement with X has ended. Cannot be undone."""

import sys

from conf.command_line import DRY_RUN, Flag, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.privacy import delete_x_data

FLAGS = (
    DRY_RUN,
    Flag("--confirm", "the name of the database, so that nobody does it by a slip"),
    Flag("--receipt", "file that is told what was deleted, outside of the home"),
)


def main(settings: Settings, options: Options) -> None:
    delete_x_data.run(build_session(settings, "end_agreement"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
