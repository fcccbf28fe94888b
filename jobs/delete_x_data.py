"""Delete all data that came from X, because the agreement with X has ended. Cannot be undone."""

import sys

from conf.command_line import DRY_RUN, Flag, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.privacy import delete_x_data

FLAGS = (
    DRY_RUN,
    Flag("--confirm", "name of the document database, as a safeguard against running this by mistake"),
    Flag("--receipt", "file that lists what was deleted; must lie outside the home and the lake"),
)


def main(settings: Settings, options: Options) -> None:
    delete_x_data.run(build_session(settings, "delete_x_data"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
