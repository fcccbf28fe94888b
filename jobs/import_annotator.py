"""Imports the annotator's ONNX folder into a saved Spark NLP pipeline, once; does nothing when that is done already.

Spark NLP can import one ONNX model a process, so this is a job of its own; every other job loads what it saved.
"""

import sys

from conf.command_line import Options, run_job
from conf.settings import Settings
from models.annotator import import_configured_annotator


def main(settings: Settings, options: Options) -> None:
    """Import what `annotators.sentiment` names."""
    import_configured_annotator(settings, options.dry_run)


if __name__ == "__main__":
    sys.exit(run_job(main))
