"""Imports the annotators' ONNX folders into saved Spark NLP pipelines, once; does nothing when that is done already.

Spark NLP can import one ONNX model a process, so this is a job of its own, which gives the second annotator another
process; every other job loads what it saved.
"""

import sys

from conf.command_line import DRY_RUN, Options, run_job
from conf.settings import Settings
from models.annotation.annotator import import_configured_annotator
from models.annotation.entities import import_configured_entities

FLAGS = (DRY_RUN,)


def main(settings: Settings, options: Options) -> None:
    """Import what `annotators.tweets` (or the champion) and `annotators.entities` name."""
    import_configured_entities(settings, options.dry_run)
    import_configured_annotator(settings, options.dry_run)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
