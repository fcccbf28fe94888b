"""The benchmark of the language detector: its counts, and the tweets that it uses."""

import csv
import gzip
from pathlib import Path

import pytest

from benchmarks.languages import as_text, main, measure, read_rows
from runtime.errors import MissingPrerequisite


def test_english_is_measured_against_all_that_was_called_english() -> None:
    pairs = [("en", "en"), ("en", "und"), ("en", "fr"), ("es", "en"), ("es", "es"), ("ja", "und")]
    figures = measure(pairs)
    assert (figures["n"], figures["english"]) == (6, 3)
    assert (figures["english_precision"], figures["english_recall"]) == (1 / 2, 1 / 3)
    assert (figures["english_scored"], figures["others_scored"]) == (2 / 3, 2 / 3)
    assert (figures["right"], figures["open"]) == (2 / 6, 2 / 6)
    assert as_text(pairs, figures).endswith("recall 0.333; scored: 66.7% of English, 66.7% of the rest; n = 6")


def test_only_distinct_held_out_tweets_with_a_language_count(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv.gz"
    rows = [(str(number), "en", f"text {number}", "tweet") for number in range(40)]
    rows += [("0", "en", "text 1", "tweet"), ("1", "und", "a", "tweet"), ("2", "", "b", "tweet")]
    rows += [("3", "en", "c", "retweet"), ("4", "en", "RT @x: d", "tweet")]
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerows([("tweet_id", "lang", "text", "kind"), *rows])
    found = [text for _, text in read_rows(path)]
    assert 10 < len(found) < 30
    assert set(found) < {f"text {number}" for number in range(40)}


def test_missing_data_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MissingPrerequisite, match="--data names the folder"):
        list(read_rows(tmp_path / "none.csv.gz"))
    assert main(["--data", str(tmp_path)]) == 3
    assert "--data names the folder" in capsys.readouterr().err
