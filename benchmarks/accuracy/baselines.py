"""Baselines on the same texts: two lexicons and a linear model.

VADER and TextBlob are used as published, with the thresholds of their documentation. TF-IDF with logistic regression is
fitted here on the annotator's own training texts, and cross-validated where the annotator is.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.annotation.heads import SENTIMENT, Head
from models.metrics import Classes
from models.training.data import FOLDS, Example, fold_of

Numbers = npt.NDArray[np.float64]
NEGATIVE, NEUTRAL, POSITIVE = range(len(SENTIMENT.labels))
VADER_THRESHOLD = 0.05


def predict_with_vader(texts: Sequence[str]) -> Classes:
    """Class ids [texts]: the compound score, neutral between -0.05 and 0.05 (the authors' thresholds)."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    scores = np.array([analyser.polarity_scores(text)["compound"] for text in texts])
    return _by_sign(scores, VADER_THRESHOLD)


def predict_with_textblob(texts: Sequence[str]) -> Classes:
    """Class ids [texts] by the sign of the polarity."""
    from textblob import TextBlob

    return _by_sign(np.array([TextBlob(text).sentiment.polarity for text in texts]), 0.0)


def textblob_subjectivity(texts: Sequence[str]) -> Numbers:
    """TextBlob's subjectivity, 0 to 1, of each text."""
    from textblob import TextBlob

    return np.array([TextBlob(text).sentiment.subjectivity for text in texts])


def predict_with_tfidf(texts: Sequence[str], head: Head, rows: Sequence[Example]) -> Numbers:
    """Probabilities [texts, classes] of a balanced logistic regression on words and pairs of words.

    Fitted on the rows that have a label for `head`; `texts` are normalised. A class without a row gets probability 0.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    known = [row for row in rows if row.label(head) >= 0]
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"\S+")
    model = make_pipeline(words, LogisticRegression(C=4.0, max_iter=300, class_weight="balanced"))
    weights = [row.weight for row in known]
    labels = [row.label(head) for row in known]
    model.fit([row.text for row in known], labels, logisticregression__sample_weight=weights)
    probabilities = np.zeros((len(texts), len(head.labels)))
    probabilities[:, model.classes_] = model.predict_proba(list(texts))
    return probabilities


def cross_validate_tfidf(head: Head, rows: Sequence[Example]) -> Numbers:
    """The same for the rows themselves, each by a model of the other folds (`models.training.data.fold_of`)."""
    probabilities = np.zeros((len(rows), len(head.labels)))
    for fold in range(FOLDS):
        held_out = [number for number, row in enumerate(rows) if fold_of(row) == fold]
        if held_out:
            others = [row for row in rows if fold_of(row) != fold]
            probabilities[held_out] = predict_with_tfidf([rows[number].text for number in held_out], head, others)
    return probabilities


def _by_sign(scores: Numbers, threshold: float) -> Classes:
    # With a threshold of 0 only a score of exactly 0 is neutral.
    return np.where(scores > 0, np.where(scores >= threshold, POSITIVE, NEUTRAL),
                    np.where((scores < 0) & (scores <= -threshold), NEGATIVE, NEUTRAL))  # fmt: skip
