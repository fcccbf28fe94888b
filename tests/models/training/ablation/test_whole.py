"""The comparison of whole trainings: what each variant changes, the lines of its table, a dry run."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.annotation.heads import COMPLAINT, REASON, SENTIMENT
from models.training.data import Example, labels_of
from models.training.evaluation import TASKS
from models.training.label_sets import BANKS, TWEETEVAL_VAL
from tests.models.training.files import a_complaints_file, a_file, a_support_file, a_tsv, an_airline_file

pytestmark = pytest.mark.train

torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")

from models.training.ablation.whole import (  # noqa: E402
    Question,
    compare_trainings,
    list_variants,
    summarise_runs,
    whole_request,
)


def test_the_size_changes_first_then_the_teacher_and_then_the_length(tmp_path: Path) -> None:
    request = whole_request(tmp_path, autocast=False)
    shipped, shallow, hard, short = (variant.request for variant in list_variants(request))
    assert shipped == request and shipped.base.teacher and shipped.joint.teacher and not shipped.folds
    assert replace(shallow.base, layers=6) == request.base and replace(shallow.joint, layers=6) == request.joint
    assert (shallow.base.layers, shallow.joint.layers) == (4, 4)
    assert (hard.base.teacher, hard.joint.teacher, hard.text_sets) == ("", "", [])
    assert (hard.base.epochs, hard.joint.epochs) == (request.base.epochs, request.joint.epochs)
    assert (short.base.epochs, short.joint.epochs) == (1, 3) and short.base.teacher == ""


def test_each_question_has_a_line_per_variant_by_its_own_measure() -> None:
    tweets = [Example(str(i), labels_of({SENTIMENT: i % 3}), "tweeteval", str(i)) for i in range(90)]
    complaints = [Example(str(i), labels_of({COMPLAINT: i % 2}), "complaints", str(i)) for i in range(60)]
    questions = [Question("val", TASKS[0], tweets), Question("complaint", TASKS[2], complaints)]
    right = {"val": np.arange(90) % 3, "complaint": np.arange(60) % 2}
    wrong = {"val": np.zeros(90, int), "complaint": np.zeros(60, int)}
    lines = summarise_runs(questions, {"shipped": [right], "short": [wrong]})
    assert [(line["task"], line["name"], line["n"], line["measure"]) for line in lines] == [
        ("val", "shipped", 90, "macro_recall"),
        ("val", "short", 90, "macro_recall"),
        ("complaint", "shipped", 60, "macro_f1"),
        ("complaint", "short", 60, "macro_f1"),
    ]
    assert [line["mean"] for line in lines] == pytest.approx([1, 1 / 3, 1, 1 / 3])
    assert lines[1]["low"] <= lines[1]["high"] < -0.5


def test_a_dry_run_names_what_it_would_train_and_writes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sentences = [f"{label}\t{label} {i}" for i in range(30) for label in SENTIMENT.labels]
    a_tsv(tmp_path, *sentences)
    a_file(tmp_path, TWEETEVAL_VAL, "label\ttext", *sentences)
    flights = [f"ann {i},flight {i},negative,1.0,{reason}" for i, reason in enumerate(REASON.labels)]
    an_airline_file(tmp_path, *flights, "bea,fine,neutral,1.0,", "bob,great,positive,1.0,")
    a_complaints_file(tmp_path, *[f"the thing {i} broke,{i % 2},food" for i in range(20)])
    a_support_file(tmp_path, "you overcharged me,True")
    a_file(tmp_path, BANKS, "text", "my bank lost my card")
    caplog.set_level(logging.INFO, "brandpulse.training")
    table = compare_trainings(whole_request(tmp_path, False), tmp_path / "ablation", seeds=[1], dry_run=True)
    assert table == {} and not (tmp_path / "ablation").exists()
    assert "would train 4 times" in caplog.text and "labels alone, 1 base and 3 joint epochs" in caplog.text
