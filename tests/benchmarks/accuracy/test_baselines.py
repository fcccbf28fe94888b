"""The baselines predict the annotator's classes, and the fitted one learns from its training rows."""

import numpy as np
import pytest

from benchmarks.accuracy.baselines import (
    cross_validate_tfidf,
    predict_with_textblob,
    predict_with_tfidf,
    predict_with_vader,
    textblob_subjectivity,
)
from models.annotation.heads import COMPLAINT, SENTIMENT
from models.training.data import Example, labels_of

TEXTS = ["What a wonderful, lovely day!", "The train leaves at nine.", "This is awful, I hate it."]


def test_both_lexicons_tell_praise_fact_and_blame_apart() -> None:
    assert predict_with_vader(TEXTS).tolist() == [2, 1, 0]
    assert predict_with_textblob(TEXTS).tolist() == [2, 1, 0]


def test_a_fact_is_less_subjective_than_praise() -> None:
    praise, fact, _ = textblob_subjectivity(TEXTS)
    assert praise > fact == 0


def test_the_linear_model_learns_the_rows_that_answer_its_head() -> None:
    rows = [
        Example(f"{word} {i % 3}", labels_of({SENTIMENT: label}), "tweeteval", str(i))
        for i in range(60)
        for label, word in ((0, "bad"), (2, "good"))
    ]
    rows.append(Example("bad broken", labels_of({COMPLAINT: 1}), "complaints", "x"))
    probabilities = predict_with_tfidf(["bad", "good"], SENTIMENT, rows)
    assert probabilities.argmax(axis=1).tolist() == [0, 2]
    assert probabilities.sum(axis=1) == pytest.approx([1, 1])
    assert probabilities[:, 1].tolist() == [0, 0]


def test_in_the_folds_no_row_is_answered_by_a_model_that_learnt_its_author() -> None:
    """Each author's word determines the class; a model of the other authors cannot know it."""
    rows = [
        Example(f"word{author} word{author}", labels_of({COMPLAINT: author % 2}), "airline", f"author {author}")
        for author in range(40)
        for _ in range(4)
    ]
    predictions = cross_validate_tfidf(COMPLAINT, rows).argmax(axis=1)
    assert np.mean(predictions == [row.label(COMPLAINT) for row in rows]) < 0.8
