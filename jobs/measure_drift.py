"""Measure how far each day's predictions are from those on the annotator's training data: gold.model_drift.

Exit code 3 when the annotator's folder has no reference.json to compare with.
"""

import sys

from conf.command_line import AS_OF, DRY_RUN, FULL, RUN_ID, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.annotation import measure_drift

FLAGS = (AS_OF, RUN_ID, DRY_RUN, FULL)


def main(settings: Settings, options: Options) -> None:
    measure_drift.run(build_session(settings, "measure_drift"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
