"""The card and the results beside it: the shipped text is what the shipped figures say."""

import json
from typing import Any

import pytest

from conf.settings import Settings
from models.annotation.annotator import annotator_folder
from models.annotation.text.normaliser import FITTING_VERSIONS
from models.training.report import flatten, render_card


@pytest.fixture
def results(offline_settings: Settings) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((annotator_folder(offline_settings) / "results.json").read_text("utf-8"))
    return loaded


def test_the_shipped_card_is_what_the_results_say(results: dict[str, Any], offline_settings: Settings) -> None:
    assert (annotator_folder(offline_settings) / "README.md").read_text("utf-8") == render_card(results)


def test_the_shipped_annotator_fits_the_normaliser_of_today(results: dict[str, Any]) -> None:
    assert results["normaliser_version"] in FITTING_VERSIONS


def test_the_shipped_int8_model_reaches_its_figures_and_lost_little_where_there_are_texts_enough_to_tell(
    results: dict[str, Any],
) -> None:
    assert results["val"]["int8"]["sentiment"]["macro_recall"] >= 0.73
    assert results["val"]["int8"]["sentiment"]["calibration_error"] <= 0.03
    assert results["int8_loss"]["sentiment"] <= 0.005
    assert results["int8_loss"]["airline"] <= 0.005
    assert min(results["int8_agreement"].values()) >= 0.95


def test_a_card_without_a_set_does_not_name_its_row(results: dict[str, Any]) -> None:
    assert "| CrowdFlower" in render_card(results)
    for name in ("airline_train.csv.gz", "twcs_first5000.csv.gz"):
        del results["data"]["sha256"][name]
    card = render_card(results)
    assert "| CrowdFlower" not in card and "| Customer support" not in card and "| Complaints" in card


def test_a_card_speaks_of_the_folds_only_where_they_were_run(results: dict[str, Any]) -> None:
    figures = dict.fromkeys(("n", "accuracy", "macro_f1", "macro_recall", "calibration_error", "low", "high"), 0.5)
    results["folds"] = {"airline": figures}
    assert "| airline | 0.5 | accuracy **0.5** | 0.5 to 0.5 |" in render_card(results)
    assert "Each fold's float network" in render_card(results)
    del results["folds"]
    assert "Each fold's float network" not in render_card(results)


def test_a_card_shows_what_each_choice_brought_once_it_was_measured(results: dict[str, Any]) -> None:
    rows = [{"name": "plain", "seeds": 3, "mean": 0.7}, {"name": "more", "seeds": 3, "mean": 0.71, "low": 0, "high": 1}]
    card = render_card(results | {"ablation": {"how": "three seeds", "rows": rows}})
    assert "| plain | 3 | 0.7 | - |" in card and "| more | 3 | 0.71 | 0 to 1 |" in card


def taught(results: dict[str, Any], joint: str = "joint") -> dict[str, Any]:
    """The results as those of a training that learnt from the teacher."""
    results["recipe"]["base"] |= {"teacher": "base", "temperature": 2.0}
    results["recipe"]["joint"] |= {"teacher": joint, "temperature": 1.0}
    return results


def untaught(results: dict[str, Any]) -> dict[str, Any]:
    """The results as those of a training by labels alone."""
    for recipe in results["recipe"].values():
        recipe["teacher"] = ""
    return results


def test_a_card_names_the_teacher_its_licence_and_its_share_of_each_loss(results: dict[str, Any]) -> None:
    assert "Teacher" not in render_card(untaught(results)) and "banks' tweets" not in render_card(results)
    card = render_card(taught(results))
    assert "all-mpnet-base-v2 (110 million" in card and "Apache-2.0; the packages" in card
    assert "| tweeteval | sentiment | 0.7 | 0 |" in card and "| twcs | complaint | 0 | 1 |" in card
    assert "of TweetEval and of the banks' tweets" in card and "| Customer support on Twitter and" in card


def test_a_card_without_the_joint_teacher_names_neither_its_terms_nor_its_texts(results: dict[str, Any]) -> None:
    card = render_card(taught(results, joint="base"))
    assert "| tweeteval | sentiment | 0.7 | 0 |" in card and "| twcs |" not in card
    assert "| Customer support on Twitter and" not in card and "banks' tweets" not in card


def test_a_card_says_what_length_and_the_teacher_brought_or_that_it_was_not_measured(results: dict[str, Any]) -> None:
    assert "What length" not in render_card(untaught(results))
    assert "Not measured yet for this file" in render_card(taught(results))
    about = {"task": "sentiment on val", "n": 2000, "measure": "macro_recall", "seeds": 1}
    rows = [about | {"name": "as shipped", "mean": 0.5}, about | {"name": "short", "mean": 0.25, "low": -1, "high": 0}]
    card = render_card(taught(results) | {"whole_ablation": {"how": "one seed", "rows": rows}})
    assert "| sentiment on val | 2000 | macro recall | as shipped | 1 | 0.5 | - |" in card
    assert "| short | 1 | 0.25 | -1 to 0 |" in card and "Not measured yet for this file" not in card


def test_a_small_figure_keeps_its_digits(results: dict[str, Any]) -> None:
    results["recipe"]["joint"]["learning_rate"] = 0.00006
    assert "6e-05" in render_card(results)


def test_a_missing_figure_is_an_error_and_not_a_gap(results: dict[str, Any]) -> None:
    del results["val"]["int8"]["sentiment"]["macro_recall"]
    with pytest.raises(KeyError, match="val_int8_sentiment_macro_recall"):
        render_card(results)


def test_nested_names_are_joined() -> None:
    assert flatten({"a": {"b-c": 1, "d.e": {"f": "x"}}, "g": [1]}) == {"a_b_c": 1, "a_d_e_f": "x"}
