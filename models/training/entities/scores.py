"""What a folder's tagger answers about annotated tweets, and how good that is."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.annotation.reference_tagger import Probabilities, ReferenceTagger
from models.annotation.spans import TAGS, decode_spans, summarise_spans
from models.training.entities.data import CORPORA, TaggedTweet


def score_tweets(folder: Path, tweets: Sequence[TaggedTweet]) -> list[Probabilities]:
    """The probabilities [words, tags] of each tweet under plain onnxruntime."""
    tagger = ReferenceTagger(folder)
    return [tagger.score_words(tweet.words) for tweet in tweets]


def measure_tweets(tweets: Sequence[TaggedTweet], probabilities: Sequence[Probabilities]) -> dict[str, float]:
    """Span figures of tweets of one corpus, on its own tokens and in its types (`summarise_spans`)."""
    corpus = tweets[0].corpus
    truth = [decode_spans(tweet.truth) for tweet in tweets]
    classes = (rows.argmax(axis=1) for rows in probabilities)
    tags = (tweet.to_tokens([TAGS[best] for best in row]) for tweet, row in zip(tweets, classes, strict=True))
    return summarise_spans(truth, [corpus.as_reported(decode_spans(row)) for row in tags], corpus.reported)


def mean_f1(tweets: Sequence[TaggedTweet], probabilities: Sequence[Probabilities]) -> float:
    """Span F1 of tweets of several corpora, averaged over the corpora."""
    figures = []
    for corpus in CORPORA:
        own = [row for row, tweet in enumerate(tweets) if tweet.corpus == corpus]
        if own:
            figures.append(measure_tweets([tweets[row] for row in own], [probabilities[row] for row in own])["f1"])
    return float(np.mean(figures))
