"""The accuracy benchmark: its targets on the real val file, and what it writes for texts that nobody has seen."""

import csv
import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from benchmarks import accuracy
from benchmarks.accuracy_text import as_text
from benchmarks.labelled import read_labelled
from conf.settings import Settings
from models.annotator import shipped_folder
from models.training.label_sets import TWEETEVAL_VAL


def test_a_missing_split_is_one_sentence_and_exit_code_3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert accuracy.main(["--split", str(tmp_path / "none.tsv.gz")]) == 3
    assert "--split takes `val` or a TSV or CSV" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("imported_annotator")
def test_the_shipped_annotator_reaches_its_target_and_beats_what_a_user_would_pick(
    offline_settings: Settings, spark: SparkSession, shared_data: Path
) -> None:
    rows = read_labelled(shared_data / TWEETEVAL_VAL)
    figures = accuracy.measure_file(offline_settings, spark, rows)["tasks"]["sentiment"]
    assert (figures["n"], figures["unanswered"]) == (2000, 0)
    assert figures["macro_recall"] >= 0.73
    assert figures["label_agreement"] >= 0.995
    assert max(rival["macro_recall"] for rival in figures["rivals"].values()) < figures["interval"][0]
    assert figures["subjectivity"]["auc"] > figures["subjectivity"]["textblob_auc"]


@pytest.mark.usefixtures("imported_annotator")
def test_unseen_texts_are_scored_and_each_gets_its_row(
    offline_settings: Settings, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accuracy, "DATA", tmp_path)
    unseen = tmp_path / "unseen.csv"
    unseen.write_text(
        'head,label,text\n,positive,"I love it, thank you"\n,negative,worst service ever\nsentiment,neutral,\u200d\n'
        "complaint,yes,you lost my bag and nobody answers\nreason,Lost Luggage,you lost my bag and nobody answers\n"
    )
    predictions = tmp_path / "predictions.csv"
    figures = accuracy.measure_file(offline_settings, spark, read_labelled(unseen), predictions)
    task = figures["tasks"]["sentiment"]
    assert (task["n"], task["unanswered"], task["macro_recall"]) == (2, 1, 1.0)
    assert set(task["rivals"]) == {"VADER", "TextBlob"}
    rows = list(csv.DictReader(predictions.open(newline="")))
    assert [(row["truth"], row["answer"]) for row in rows if row["head"] == "sentiment"] == [
        ("positive", "positive"),
        ("negative", "negative"),
        ("neutral", ""),
    ]
    assert float(rows[0]["positive"]) > 0.5
    assert (figures["tasks"]["complaint"]["n"], figures["tasks"]["reason"]["measure"]) == (1, "macro_f1")
    assert "95 % interval" in as_text({"split": unseen.name, **figures})


def test_the_folds_are_figured_from_what_is_stored_beside_the_shipped_annotator(
    offline_settings: Settings, shared_data: Path
) -> None:
    folder = shipped_folder(offline_settings)
    claimed = json.loads((folder / "results.json").read_text("utf-8"))["folds"]
    found = accuracy.measure_folds(folder)
    assert set(found) == set(claimed)
    for name, task in found.items():
        assert task[task["measure"]] == pytest.approx(claimed[name][task["measure"]], abs=0.002), name
        assert task["n"] == claimed[name]["n"]
        assert max(rival[task["measure"]] for rival in task["rivals"].values()) < task[task["measure"]], name
