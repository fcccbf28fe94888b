"""The rivals answer in our classes, and the fitted one learns what its training files say."""

import numpy as np
import pytest

from benchmarks.rivals import (
    answer_with_textblob,
    answer_with_tfidf,
    answer_with_vader,
    cross_validate_tfidf,
    textblob_subjectivity,
)
from models.annotation.heads import COMPLAINT, SENTIMENT
from models.training.data import Example, labels_of

TEXTS = ["What a wonderful, lovely day!", "The train leaves at nine.", "This is awful, I hate it."]


def test_both_lexicons_tell_praise_fact_and_blame_apart() -> None:
    assert answer_with_vader(TEXTS).tolist() == [2, 1, 0]
    assert answer_with_textblob(TEXTS).tolist() == [2, 1, 0]


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
    probabilities = answer_with_tfidf(["bad", "good"], SENTIMENT, rows)
    assert probabilities.argmax(axis=1).tolist() == [0, 2]
    assert probabilities.sum(axis=1) == pytest.approx([1, 1])
    assert probabilities[:, 1].tolist() == [0, 0]


def test_in_the_folds_no_row_is_answered_by_a_model_that_learnt_its_author() -> None:
    """Each author's word tells the class; a model of the others cannot know it."""
    rows = [
        Example(f"word{author} word{author}", labels_of({COMPLAINT: author % 2}), "airline", f"author {author}")
        for author in range(40)
        for _ in range(4)
    ]
    answers = cross_validate_tfidf(COMPLAINT, rows).argmax(axis=1)
    assert np.mean(answers == [row.label(COMPLAINT) for row in rows]) < 0.8
