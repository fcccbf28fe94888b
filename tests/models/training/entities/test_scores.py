"""How the tagger's answers are measured, corpus by corpus."""

import numpy as np
import pytest

from models.annotation.reference_tagger import Probabilities
from models.annotation.spans import TAGS
from models.training.entities.data import BTC, TWEEBANK, WNUT17, Corpus, TaggedTweet
from models.training.entities.scores import mean_f1, measure_tweets


def a_tweet(*tags: str, corpus: Corpus = WNUT17) -> TaggedTweet:
    words = tuple(f"w{place}" for place in range(len(tags)))
    return TaggedTweet(corpus, words, tags, words, tuple(range(len(tags))))


def answers(*chances: dict[str, float]) -> Probabilities:
    """A row a word; what is not named has no chance."""
    return np.array([[chance.get(tag, 0.0) for tag in TAGS] for chance in chances])


def test_an_answer_that_is_sure_is_found() -> None:
    tweets = [a_tweet("B-person", "O")]
    figures = measure_tweets(tweets, [answers({"B-person": 0.9, "O": 0.1}, {"O": 1.0})])
    assert (figures["f1"], figures["entities"]) == (1, 1)


def test_every_corpus_weighs_the_same() -> None:
    tweets = [a_tweet("B-person"), a_tweet("B-PER", corpus=BTC), a_tweet("B-PER", corpus=BTC)]
    hit, miss = answers({"B-person": 1.0}), answers({"O": 1.0})
    assert mean_f1(tweets, [hit, miss, miss]) == pytest.approx(0.5)


def test_an_answer_in_a_type_that_the_corpus_joins_counts_as_that() -> None:
    assert measure_tweets([a_tweet("B-MISC", corpus=TWEEBANK)], [answers({"B-product": 1.0})])["f1"] == 1


def test_an_answer_in_a_type_that_the_corpus_does_not_annotate_costs_nothing() -> None:
    tweets = [a_tweet("B-PER", "O", corpus=BTC)]
    assert measure_tweets(tweets, [answers({"B-person": 1.0}, {"B-product": 1.0})])["precision"] == 1
