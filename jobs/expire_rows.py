"""Apply retention: delete rows older than their table keeps them (daily, also while the stream runs)."""

import sys

from conf.command_line import AS_OF, DRY_RUN, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.privacy import expire_rows

FLAGS = (AS_OF, DRY_RUN)


def main(settings: Settings, options: Options) -> None:
    expire_rows.run(build_session(settings, "expire_rows"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
