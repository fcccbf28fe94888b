"""The reference of the drift monitor: shares of a few predictions, and which files are valid."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.annotation.drift import Numbers, build_reference, count_pieces, read_reference
from models.annotation.heads import CATEGORY
from models.annotation.text.word_pieces import WordPieces
from runtime.errors import BadInput, MissingPrerequisite

PIECES = WordPieces({piece: place for place, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "so", "late"])})
TEXTS = ["so late", "so \u6b20", "", "late late late"]


def answers() -> dict[str, Numbers]:
    """Four texts, the third without a word."""
    category = np.zeros((4, len(CATEGORY.labels)))
    category[[0, 1, 3], [2, 2, 9]] = 1
    category[2] = np.nan
    return {
        "sentiment": np.array([[0.9, 0.1, 0.0], [0.2, 0.6, 0.2], [np.nan] * 3, [0.0, 0.0, 1.0]]),
        "complaint": np.array([[0.1, 0.9], [0.9, 0.1], [np.nan] * 2, [0.95, 0.05]]),
        "category": category,
        "reason": np.zeros((4, 10)),
    }


def test_the_reference_holds_the_shares_of_the_texts_that_have_a_word() -> None:
    reference = build_reference(answers(), TEXTS, PIECES)
    assert reference["texts"] == 3
    assert reference["bins"] == [number / 10 for number in range(11)]
    # sentiment 0.05, 0.5, 1.0; subjectivity 0.9, 0.4, 1.0; complaint 0.9, 0.1, 0.05
    assert [place for place, share in enumerate(reference["scores"]["sentiment"]) if share] == [0, 5, 9]
    assert [place for place, share in enumerate(reference["scores"]["subjectivity"]) if share] == [4, 9]
    assert reference["scores"]["subjectivity"][9] == pytest.approx(2 / 3)
    assert [place for place, share in enumerate(reference["scores"]["complaint"]) if share] == [0, 1, 9]
    assert reference["labels"]["category"]["delay"] == pytest.approx(2 / 3)
    assert reference["labels"]["category"]["staff"] == 0
    assert reference["unknown_share"] == pytest.approx(1 / 7)
    assert reference["empty_share"] == pytest.approx(1 / 4)
    assert json.loads(json.dumps(reference, allow_nan=False)) == reference


def test_a_score_on_an_edge_is_in_the_bin_above_it_and_one_in_the_last() -> None:
    given = answers()
    given["complaint"] = np.array([[0.7, 0.3], [0.4, 0.6], [0, 0], [0.0, 1.0]])
    reference = build_reference(given, TEXTS, PIECES)
    assert [place for place, share in enumerate(reference["scores"]["complaint"]) if share] == [3, 6, 9]


def test_texts_and_answers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="sentiment, complaint, category: not one prediction for each of the 1 texts"):
        build_reference(answers(), ["so"], PIECES)
    with pytest.raises(ValueError, match="no text has a word"):
        build_reference(answers(), ["", " ", "", ""], PIECES)


def test_pieces_are_counted_as_far_as_the_model_reads() -> None:
    assert count_pieces(PIECES, "so \u6b20 late") == (3, 1)
    assert count_pieces(PIECES, "") == (0, 0)
    assert count_pieces(PIECES, "late " * 1000) == (126, 0)


def test_what_was_built_is_read_back(tmp_path: Path) -> None:
    reference = build_reference(answers(), TEXTS, PIECES)
    (tmp_path / "reference.json").write_text(json.dumps(reference))
    read = read_reference(tmp_path)
    assert (list(read.edges), read.texts) == (reference["bins"], 3)
    assert {name: list(shares) for name, shares in read.scores.items()} == reference["scores"]
    assert read.labels == reference["labels"]


def test_a_folder_without_a_reference_names_the_job_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite, match=r"no reference\.json.*jobs\.train_annotator"):
        read_reference(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"bins": [0, 1]},
        {"bins": [number / 10 for number in range(10, -1, -1)]},
        {"scores": {}},
        {"scores": {"sentiment": ["a"] * 10}},
        {"labels": {"category": 7}},
        {"texts": 0},
        {"unknown_share": None},
    ],
)
def test_a_reference_of_another_shape_is_refused_with_its_file(tmp_path: Path, change: dict[str, object]) -> None:
    reference = build_reference(answers(), TEXTS, PIECES) | change
    (tmp_path / "reference.json").write_text(json.dumps(reference))
    with pytest.raises(BadInput, match=r"reference\.json"):
        read_reference(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_a_reference_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "reference.json").write_text(text)
    with pytest.raises(BadInput, match=r"reference\.json"):
        read_reference(tmp_path)
