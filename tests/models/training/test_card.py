"""The card and the results beside it: the shipped text is what the shipped figures say."""

import json
from typing import Any

import pytest

from conf.settings import Settings
from models.annotator import annotator_folder
from models.normaliser import NORMALISER_VERSION
from models.training.card import flatten, render_card


@pytest.fixture
def results(offline_settings: Settings) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((annotator_folder(offline_settings) / "results.json").read_text("utf-8"))
    return loaded


def test_the_shipped_card_is_what_the_results_say(results: dict[str, Any], offline_settings: Settings) -> None:
    assert (annotator_folder(offline_settings) / "README.md").read_text("utf-8") == render_card(results)


def test_the_shipped_annotator_was_trained_with_the_normaliser_of_today(results: dict[str, Any]) -> None:
    assert results["normaliser_version"] == NORMALISER_VERSION


def test_the_shipped_int8_model_lost_at_most_half_a_point(results: dict[str, Any]) -> None:
    assert results["int8_loss"] <= 0.005
    assert results["int8_val"]["macro_recall"] >= 0.73


def test_a_card_without_the_airline_set_does_not_name_its_row(results: dict[str, Any]) -> None:
    del results["data"]["sha256"]["airline_train.csv.gz"]
    assert "| CrowdFlower" not in render_card(results)


def test_a_missing_figure_is_an_error_and_not_a_gap(results: dict[str, Any]) -> None:
    del results["int8_val"]["macro_recall"]
    with pytest.raises(KeyError, match="int8_val_macro_recall"):
        render_card(results)


def test_nested_names_are_joined() -> None:
    assert flatten({"a": {"b-c": 1, "d.e": {"f": "x"}}, "g": [1]}) == {"a_b_c": 1, "a_d_e_f": "x"}
