"""The comparison of recipes: each variant changes one thing; the interval is that of paired texts; a dry run."""

import logging
from pathlib import Path

import numpy as np
import pytest

from models.annotation.heads import SENTIMENT
from tests.models.training.files import a_tsv

pytestmark = pytest.mark.train


def test_every_variant_changes_one_thing_of_the_recipe() -> None:
    pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.ablation.recipes import list_variants
    from models.training.heads_trainer import HeadsRecipe

    recipe = HeadsRecipe(teacher="base")
    first, *others = list_variants(recipe)
    assert (first.recipe, first.pretrained) == (recipe, False)
    for variant in others:
        changed = [name for name, value in vars(variant.recipe).items() if value != vars(recipe)[name]]
        assert len(changed) + variant.pretrained == 1


def test_the_interval_of_a_difference_is_narrow_when_both_err_on_the_same_texts() -> None:
    pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.ablation.recipes import compare_answers

    truth = np.arange(300) % 3
    first = np.where(np.arange(300) % 4 == 0, (truth + 1) % 3, truth)
    better = np.where(np.arange(300) % 40 == 0, truth, first)
    same, gained = compare_answers(truth, {"first": [first, first], "better": [better, better]})
    assert "low" not in same and same["mean"] == pytest.approx(0.75)
    assert gained["mean"] > same["mean"] and 0 < gained["low"] < gained["high"] < 0.06


def test_a_dry_run_names_what_it_would_train_and_writes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.ablation.recipes import compare_recipes
    from models.training.heads_trainer import HeadsRecipe

    a_tsv(tmp_path / "data", *(f"{label}\t{label} {i}" for i in range(30) for label in SENTIMENT.labels))
    caplog.set_level(logging.INFO, "brandpulse.training")
    output = tmp_path / "home" / "ablation"
    table = compare_recipes(HeadsRecipe(), tmp_path / "data", tmp_path / "encoder.pt", output, 1, dry_run=True)
    assert table == {} and not output.parent.exists()
    assert "would train 21 times" in caplog.text and "no label smoothing" in caplog.text
