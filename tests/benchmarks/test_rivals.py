"""The rivals answer in our classes, and the fitted one learns what its training files say."""

import gzip
from pathlib import Path

import numpy as np

from benchmarks.rivals import answer_with_textblob, answer_with_tfidf, answer_with_vader, textblob_subjectivity
from models.training.data import AIRLINE, TWEETEVAL_TRAIN

TEXTS = ["What a wonderful, lovely day!", "The train leaves at nine.", "This is awful, I hate it."]


def test_both_lexicons_tell_praise_fact_and_blame_apart() -> None:
    assert answer_with_vader(TEXTS).tolist() == [2, 1, 0]
    assert answer_with_textblob(TEXTS).tolist() == [2, 1, 0]


def test_a_fact_is_less_subjective_than_praise() -> None:
    praise, fact, _ = textblob_subjectivity(TEXTS)
    assert praise > fact == 0


def test_the_linear_model_learns_its_training_files(tmp_path: Path) -> None:
    rows = [f"{label}\t{word} {i % 3}" for label, word in (("negative", "bad"), ("neutral", "so"), ("positive", "good"))
            for i in range(60)]  # fmt: skip
    for path, lines in (
        (TWEETEVAL_TRAIN, ["label\ttext", *rows]),
        (AIRLINE, ["airline_sentiment,airline_sentiment_confidence,text", "negative,1.0,bad again"]),
    ):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        with gzip.open(tmp_path / path, "wt") as file:
            file.write("\n".join(lines) + "\n")
    answers, probabilities = answer_with_tfidf(["bad", "good"], tmp_path)
    assert answers.tolist() == [0, 2]
    assert np.allclose(probabilities.sum(axis=1), 1)
