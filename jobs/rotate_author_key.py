"""Rotate the author key: chain all author keys to the secrets that BRANDPULSE_AUTHOR_KEY_LINKS adds.

Stop the stream first. Publishes the profiles under their new keys to MongoDB. After an interruption, run it again with
the same secrets.
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
