"""How accurate is the shipped annotator, run through Spark NLP as the stream runs it, compared with common baselines?

    python -m benchmarks.accuracy [--split val|PATH] [--json FILE] [--predictions FILE]

`val` is TweetEval's split for sentiment. The sets that are too small for a split of their own are measured on the
stored predictions of five folds (`out_of_fold.csv.gz`): each row was predicted by a network that never saw it. PATH is
any TSV or CSV, plain or gzip, with the columns label and text, and head if it has labels for several heads.

Reported per task: n; the measure of the published figures with its 95 % bootstrap interval; macro recall, accuracy,
macro F1, calibration error and the confusion matrix; the share of texts on which Spark NLP and plain onnxruntime agree;
the baselines VADER, TextBlob and TF-IDF with logistic regression. With `val` also the span F1 of the entities on the
dev sets.
"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.accuracy.entities import measure_entities
from benchmarks.accuracy.labelled import read_labelled
from benchmarks.accuracy.measures import measure_file, measure_folds
from benchmarks.accuracy.report import as_text
from benchmarks.accuracy.scoring import import_in_its_own_process
from benchmarks.harness import DATA, RESULTS
from conf.command_line import set_up_logging
from conf.session import build_session
from conf.settings import load_settings
from models.annotation.annotator import shipped_folder
from models.training.label_sets import TWEETEVAL_VAL
from runtime.errors import JobError


def main(arguments: list[str] | None = None) -> int:
    """Print the tables, write the files and return the exit code."""
    flags = _parse(arguments)
    set_up_logging()
    is_val = flags.split == "val"
    path = DATA / TWEETEVAL_VAL if is_val else Path(flags.split)
    target = flags.json or (RESULTS / "accuracy.json" if is_val else None)
    try:
        rows = read_labelled(path)
        settings = load_settings(overrides={"annotators": {"use_champion": False}})
        import_in_its_own_process(settings)
        spark = build_session(settings, "accuracy")
        figures = measure_file(settings, spark, rows, flags.predictions)
        if is_val:
            figures["tasks"] |= measure_folds(shipped_folder(settings))
            figures["entities"] = measure_entities(settings, spark, DATA)
    except JobError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    figures = {"split": flags.split if is_val else path.name, **figures}
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", "utf-8")
    print(as_text(figures))
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="val", help="`val` (TweetEval's), or a TSV or CSV with label and text")
    parser.add_argument("--json", type=Path, help="file for all figures (default with val: benchmarks/results)")
    parser.add_argument("--predictions", type=Path, help="CSV file for the probabilities, one row per text")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
