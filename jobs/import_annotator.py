"""Import the annotators' ONNX folders into saved Spark NLP pipelines; those that are already imported are skipped.

Spark NLP can import one ONNX model per process, so this is a job of its own, and the entity annotator gets a second
process. Every other job loads the saved pipelines.
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
