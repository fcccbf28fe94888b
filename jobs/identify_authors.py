"""Store the id and handle of authors who mentioned a brand by its handle (restricted; erased with the author)."""

import sys

from conf.command_line import DRY_RUN, FULL, RUN_ID, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.privacy import identify_authors

FLAGS = (RUN_ID, DRY_RUN, FULL)


def main(settings: Settings, options: Options) -> None:
    identify_authors.run(build_session(settings, "identify_authors"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
