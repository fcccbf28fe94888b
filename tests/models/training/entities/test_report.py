"""How answers are measured, corpus by corpus; the card and the results beside it: the shipped ones agree."""

import json
from typing import Any

import numpy as np
import pytest

from conf.settings import Settings
from models.annotation.entities import entities_folder
from models.annotation.reference_tagger import Probabilities
from models.annotation.spans import TAGS
from models.annotation.text.normaliser import FITTING_VERSIONS
from models.training.entities.data import BTC, TWEEBANK, WNUT17, Corpus, TaggedTweet
from models.training.entities.report import mean_f1, measure_tweets, render_card


@pytest.fixture
def results(offline_settings: Settings) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((entities_folder(offline_settings) / "results.json").read_text("utf-8"))
    return loaded


def test_the_shipped_card_is_what_the_results_say(results: dict[str, Any], offline_settings: Settings) -> None:
    assert (entities_folder(offline_settings) / "README.md").read_text("utf-8") == render_card(results)


def test_the_shipped_annotator_fits_the_normaliser_of_today(results: dict[str, Any]) -> None:
    assert results["normaliser_version"] in FITTING_VERSIONS


def test_the_shipped_labels_are_the_tags_in_class_order(offline_settings: Settings) -> None:
    labels = (entities_folder(offline_settings) / "assets" / "labels.txt").read_text("utf-8").split()
    assert tuple(labels) == TAGS


def test_the_shipped_int8_model_lost_at_most_half_a_point(results: dict[str, Any]) -> None:
    assert results["int8_loss"] <= 0.005


def test_a_card_without_further_pre_training_does_not_name_its_texts(results: dict[str, Any]) -> None:
    results["recipe"]["encoder_sha256"] = ""
    assert "| Unlabelled" not in render_card(results)


def test_a_missing_figure_is_an_error_and_not_a_gap(results: dict[str, Any]) -> None:
    del results["int8_dev"]["btc"]["f1"]
    with pytest.raises(KeyError, match="int8_dev_btc_f1"):
        render_card(results)


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
