"""The accuracy benchmark: its targets on the real val file, and what it writes for unseen texts."""

import csv
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import SparkSession

from benchmarks.accuracy import measures
from benchmarks.accuracy.__main__ import main
from benchmarks.accuracy.labelled import read_labelled
from benchmarks.accuracy.report import as_text
from conf.settings import Settings
from models.annotation.heads import HEADS, REASON
from models.training.evaluation import CROSS_VALIDATED, write_out_of_fold
from models.training.label_sets import TWEETEVAL_VAL, read_sets
from tests.models.training.files import a_complaints_file, an_airline_file


def test_a_missing_split_is_one_sentence_and_exit_code_3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--split", str(tmp_path / "none.tsv.gz")]) == 3
    assert "--split takes `val` or a TSV or CSV" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("imported_annotator")
def test_the_shipped_annotator_reaches_its_target_and_beats_what_a_user_would_pick(
    offline_settings: Settings, spark: SparkSession, shared_data: Path
) -> None:
    rows = read_labelled(shared_data / TWEETEVAL_VAL)
    figures = measures.measure_file(offline_settings, spark, rows)["tasks"]["sentiment"]
    assert (figures["n"], figures["unanswered"]) == (2000, 0)
    assert figures["macro_recall"] >= 0.73
    assert figures["label_agreement"] >= 0.995
    assert max(baseline["macro_recall"] for baseline in figures["baselines"].values()) < figures["interval"][0]
    assert figures["subjectivity"]["auc"] > figures["subjectivity"]["textblob_auc"]


@pytest.mark.slow
@pytest.mark.usefixtures("imported_annotator")
def test_unseen_texts_are_scored_and_each_gets_its_row(
    offline_settings: Settings, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "DATA", tmp_path)
    unseen = tmp_path / "unseen.csv"
    unseen.write_text(
        'head,label,text\n,positive,"I love it, thank you"\n,negative,worst service ever\nsentiment,neutral,\u200d\n'
        "complaint,yes,you lost my bag and nobody answers\nreason,Lost Luggage,you lost my bag and nobody answers\n"
    )
    predictions = tmp_path / "predictions.csv"
    figures = measures.measure_file(offline_settings, spark, read_labelled(unseen), predictions)
    task = figures["tasks"]["sentiment"]
    assert (task["n"], task["unanswered"], task["macro_recall"]) == (2, 1, 1.0)
    assert set(task["baselines"]) == {"VADER", "TextBlob"}
    rows = list(csv.DictReader(predictions.open(newline="")))
    assert [(row["truth"], row["answer"]) for row in rows if row["head"] == "sentiment"] == [
        ("positive", "positive"),
        ("negative", "negative"),
        ("neutral", ""),
    ]
    assert float(rows[0]["positive"]) > 0.5
    assert (figures["tasks"]["complaint"]["n"], figures["tasks"]["reason"]["measure"]) == (1, "macro_f1")
    assert "95 % interval" in as_text({"split": unseen.name, **figures})


def test_the_folds_are_figured_from_what_is_stored_beside_the_annotator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measures, "DATA", tmp_path)
    flights = [f"author {i},@SkyHigh case {i},negative,1.0,{REASON.labels[i % 10]}" for i in range(60)]
    flights += [f"author {i},@SkyHigh {label} {i},{label},0.8," for i in range(30) for label in ("neutral", "positive")]
    an_airline_file(tmp_path, *flights)
    a_complaints_file(tmp_path, *[f"the thing {i} broke,{i % 2},{('software', 'food')[i % 3 % 2]}" for i in range(60)])
    assert measures.measure_folds(tmp_path) == {}
    assert "out_of_fold.csv.gz is missing" in capsys.readouterr().err
    rows = read_sets(tmp_path, CROSS_VALIDATED)
    right = {head.name: np.eye(len(head.labels))[[max(row.label(head), 0) for row in rows]] for head in HEADS}
    write_out_of_fold(tmp_path, rows, right)
    found = measures.measure_folds(tmp_path)
    assert {name: task["n"] for name, task in found.items()} == {
        "airline": 120,
        "complaint": 60,
        "complaint_to_brands": 60,
        "reason": 60,
        "category": 90,
    }
    for task in found.values():
        assert task[task["measure"]] == pytest.approx(1, abs=0.3) and task["how"] == "5 folds, stored answers"
        assert task["baselines"]["TF-IDF + logistic regression"][task["measure"]] <= task[task["measure"]]
