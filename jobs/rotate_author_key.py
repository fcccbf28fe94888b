"""Make every author key anew with the secrets that BRANDPULSE_AUTHOR_KEY_LINKS adds; stop the stream first.

MongoDB gets the profiles under their new keys; run it again, with the same secrets, when it was broken off.
"""

import sys

from conf.command_line import AS_OF, DRY_RUN, RUN_ID, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.privacy import rotate_author_key
from pipelines.profiles import publish_authors

FLAGS = (AS_OF, RUN_ID, DRY_RUN)


def main(settings: Settings, options: Options) -> None:
    spark = build_session(settings, "rotate_author_key")
    rotate_author_key.run(spark, settings, options)
    publish_authors.run(spark, settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
