"""How accurate is the language detector on tweets whose language X reports, and which tweets would it let be scored?

    python -m benchmarks.languages [--data FOLDER]

The truth is X's own `lang`, itself predicted by a model. Tweets without it, retweets and repeated texts are left out.
The word lists and the rule were chosen on one half of the tweets, by the hash of their ids; the figures are of the
other half. The detector sees the masked text through Spark, as in the stream. "Scored" are the tweets that
`annotators.languages: [en]` would score if X reported no language: English or undetermined.
"""

import argparse
import csv
import gzip
import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from benchmarks.harness import DATA, REAL_TWEETS, save
from conf.command_line import set_up_logging
from conf.session import build_session
from conf.settings import load_settings
from models.annotation.text.languages import UNDETERMINED, UNKNOWN, detect_language_column, language_column
from models.annotation.text.normaliser import mask_text_column
from runtime.errors import JobError, MissingPrerequisite

ENGLISH = "en"
Pairs = Sequence[tuple[str, str]]


def main(arguments: list[str] | None = None) -> int:
    """Print the figures, write the result file and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder that contains profiles/")
    flags = parser.parse_args(arguments)
    set_up_logging()
    try:
        rows = list(read_rows(flags.data / REAL_TWEETS))
        pairs = detect_rows(build_session(load_settings(), "languages"), rows)
    except JobError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    figures = measure(pairs)
    save("languages", figures)
    print(as_text(pairs, figures))
    return 0


def read_rows(path: Path) -> Iterator[tuple[str, str]]:
    """(lang, text) of the held-out tweets whose language X reports, without retweets, each text once."""
    if not path.is_file():
        raise MissingPrerequisite(f"{path} is missing: --data names the folder that contains profiles/")
    seen: set[str] = set()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            is_repeat = row["kind"] == "retweet" or row["text"].startswith("RT @") or row["text"] in seen
            if row["lang"] not in UNDETERMINED and not is_repeat:
                seen.add(row["text"])
                if _is_held_out(row["tweet_id"]):
                    yield row["lang"], row["text"]


def detect_rows(spark: SparkSession, rows: Pairs) -> list[tuple[str, str]]:
    """(X's language, the detector's language) of each row."""
    frame = spark.createDataFrame(list(rows), "lang string, text string")
    truth = language_column(F.col("lang"), F.col("text"))
    found = detect_language_column(mask_text_column(F.col("text")))
    return [(row.truth, row.found) for row in frame.select(truth.alias("truth"), found.alias("found")).collect()]


def measure(pairs: Pairs) -> dict[str, float]:
    """Precision and recall of English, the shares that would be scored, and the share left undetermined."""
    english = [found for truth, found in pairs if truth == ENGLISH]
    others = [found for truth, found in pairs if truth != ENGLISH]
    ((precision, recall),) = precision_and_recall(pairs, [ENGLISH])
    return {
        "n": len(pairs),
        "english": len(english),
        "english_precision": precision,
        "english_recall": recall,
        "english_scored": _scored(english),
        "others_scored": _scored(others),
        "right": float(accuracy_score(*zip(*pairs, strict=True))),
        "open": sum(found == UNKNOWN for _, found in pairs) / max(len(pairs), 1),
    }


def precision_and_recall(pairs: Pairs, codes: Sequence[str]) -> list[tuple[float, float]]:
    """Of each language in `codes`; 0 where no tweet is, or was predicted to be, in it."""
    truth, found = zip(*pairs, strict=True)
    figures = precision_recall_fscore_support(truth, found, labels=codes, zero_division=0.0)
    return [(float(precision), float(recall)) for precision, recall in zip(*figures[:2], strict=True)]


def as_text(pairs: Pairs, figures: dict[str, float]) -> str:
    """One line per frequent language, and the figures in the last line."""
    lines = ["language   tweets   precision   recall   undetermined"]
    truths = [truth for truth, _ in pairs]
    codes = sorted(set(truths), key=lambda code: (-truths.count(code), code))[:20]
    for code, (precision, recall) in zip(codes, precision_and_recall(pairs, codes), strict=True):
        found = [answer for truth, answer in pairs if truth == code]
        undetermined = found.count(UNKNOWN) / len(found)
        lines.append(f"{code:8} {len(found):8,} {precision:11.3f} {recall:8.3f} {undetermined:6.3f}")
    lines.append(
        f"English: precision {figures['english_precision']:.3f}, recall {figures['english_recall']:.3f}; scored: "
        f"{figures['english_scored']:.1%} of English, {figures['others_scored']:.1%} of the rest; n = {figures['n']:,}"
    )
    return "\n".join(lines)


def _is_held_out(tweet_id: str) -> bool:
    return hashlib.sha256(tweet_id.encode()).digest()[0] % 2 == 1


def _scored(found: Sequence[str]) -> float:
    return sum(answer in (ENGLISH, UNKNOWN) for answer in found) / max(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())
