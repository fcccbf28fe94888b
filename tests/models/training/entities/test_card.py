"""The card of the entity annotator and the results beside it: the shipped text is what the shipped figures say."""

import json
from typing import Any

import pytest

from conf.settings import Settings
from models.annotation.entities import entities_folder
from models.annotation.spans import TAGS
from models.annotation.text.normaliser import FITTING_VERSIONS
from models.training.entities.card import render_card


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
