"""What a folder's tagger answers about annotated tweets, and how much it should lean away from O.

Most words are outside, so a tagger that is unsure says O and finds too few entities. Taking a constant from the logit
of O moves it from precision to recall; the constant is the one, of a coarse grid, with the best span F1 on the
selection slice. It moves one number of the last layer's bias.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.plain_entities import PlainTagger, Probabilities
from models.spans import OUTSIDE, TAGS, decode_spans, summarise_spans
from models.training.entity_data import CORPORA, TaggedTweet

LEANINGS = tuple(round(0.2 * step, 1) for step in range(11))


def score_tweets(folder: Path, tweets: Sequence[TaggedTweet]) -> list[Probabilities]:
    """The probabilities [words, tags] of each tweet under plain onnxruntime."""
    tagger = PlainTagger(folder)
    return [tagger.score_words(tweet.words) for tweet in tweets]


def measure_tweets(
    tweets: Sequence[TaggedTweet], probabilities: Sequence[Probabilities], leaning: float = 0.0
) -> dict[str, float]:
    """Span figures of tweets of one corpus, on its own tokens and in its types (`models.spans.summarise_spans`).

    `leaning` is taken from the logit of O first.
    """
    corpus = tweets[0].corpus
    weights = np.where(np.array(TAGS) == OUTSIDE, np.exp(-leaning), 1.0)
    truth = [decode_spans(tweet.truth) for tweet in tweets]
    classes = ((weights * rows).argmax(axis=1) for rows in probabilities)
    tags = (tweet.to_tokens([TAGS[best] for best in row]) for tweet, row in zip(tweets, classes, strict=True))
    return summarise_spans(truth, [corpus.as_reported(decode_spans(row)) for row in tags], corpus.reported)


def mean_f1(tweets: Sequence[TaggedTweet], probabilities: Sequence[Probabilities], leaning: float = 0.0) -> float:
    """Span F1 of tweets of several corpora, averaged over the corpora."""
    figures = []
    for corpus in CORPORA:
        own = [row for row, tweet in enumerate(tweets) if tweet.corpus == corpus]
        if own:
            parts = [tweets[row] for row in own], [probabilities[row] for row in own]
            figures.append(measure_tweets(*parts, leaning)["f1"])
    return float(np.mean(figures))


def choose_leaning(tweets: Sequence[TaggedTweet], probabilities: Sequence[Probabilities]) -> float:
    """The best of `LEANINGS` on tweets that are not trained on; the weakest of equals."""
    return max(LEANINGS, key=lambda leaning: mean_f1(tweets, probabilities, leaning))
