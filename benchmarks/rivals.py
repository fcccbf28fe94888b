"""What a user would pick instead of our annotator, on the same texts: two lexicons and a linear model.

VADER and TextBlob come as they are, with the thresholds of their own documentation; TF-IDF with logistic regression is
fitted here on the training texts that our annotator learnt from.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.heads import SENTIMENT
from models.metrics import Classes
from models.normaliser import normalise_text
from models.training.data import read_training_set

Numbers = npt.NDArray[np.float64]
NEGATIVE, NEUTRAL, POSITIVE = range(len(SENTIMENT.labels))
VADER_THRESHOLD = 0.05


def answer_with_vader(texts: Sequence[str]) -> Classes:
    """Class ids [texts]: the compound score, neutral between -0.05 and 0.05 (the authors' thresholds)."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    scores = np.array([analyser.polarity_scores(text)["compound"] for text in texts])
    return _by_sign(scores, VADER_THRESHOLD)


def answer_with_textblob(texts: Sequence[str]) -> Classes:
    """Class ids [texts] by the sign of the polarity."""
    from textblob import TextBlob

    return _by_sign(np.array([TextBlob(text).sentiment.polarity for text in texts]), 0.0)


def textblob_subjectivity(texts: Sequence[str]) -> Numbers:
    """TextBlob's subjectivity, 0 to 1, of each text."""
    from textblob import TextBlob

    return np.array([TextBlob(text).sentiment.subjectivity for text in texts])


def answer_with_tfidf(texts: Sequence[str], data: Path) -> tuple[Classes, Numbers]:
    """(class ids, probabilities [texts, classes]) of a balanced logistic regression on words and pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    rows = read_training_set(data).train
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"\S+")
    model = make_pipeline(words, LogisticRegression(C=4.0, max_iter=300, class_weight="balanced"))
    weights = [row.weight for row in rows]
    model.fit([row.text for row in rows], [row.label for row in rows], logisticregression__sample_weight=weights)
    probabilities = np.asarray(model.predict_proba([normalise_text(text) for text in texts]))
    return probabilities.argmax(axis=1), probabilities


def _by_sign(scores: Numbers, threshold: float) -> Classes:
    # At a threshold of 0 only exactly 0 is neutral.
    return np.where(scores > 0, np.where(scores >= threshold, POSITIVE, NEUTRAL),
                    np.where((scores < 0) & (scores <= -threshold), NEGATIVE, NEUTRAL))  # fmt: skip
