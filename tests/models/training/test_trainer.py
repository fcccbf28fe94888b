"""The training loop that every training shares, on a model of one weight."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.train

torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")

from models.training.trainer import WEIGHTS, Recipe, Trainer, epoch_order, seed_everything  # noqa: E402

RECIPE = Recipe(epochs=2, batch_size=2, learning_rate=0.1, checkpoint_every=2)


class LineTrainer(Trainer[Recipe]):
    """Fits y = 3x to ten points, with some noise from torch; `scores` are the validation scores in turn."""

    def __init__(self, recipe: Recipe, output: Path, scores: Sequence[float] = (1, 1, 1, 1)) -> None:
        seed_everything(recipe.seed)
        self.scores = iter(scores)
        model = torch.nn.Linear(1, 1, bias=False)
        super().__init__(recipe, model, torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate), output, 0.5)

    def order(self, epoch: int) -> list[list[int]]:
        return epoch_order([1] * 10, self.recipe.batch_size, self.recipe.seed + epoch)

    def compute_loss(self, rows: Sequence[int]) -> tuple[Any, Any]:
        x = torch.tensor(rows).float()[:, None]
        loss = ((self.model(x) - 3 * x + torch.rand(1)) ** 2).mean()
        return loss, loss

    def evaluate(self) -> dict[str, Any]:
        return {"validation_score": next(self.scores), "weight": float(self.model.weight.detach())}


def test_the_weights_of_the_best_score_are_stored_and_of_equal_ones_the_latest(tmp_path: Path) -> None:
    history = LineTrainer(RECIPE, tmp_path, scores=(0.5, 0.7, 0.7, 0.6)).run(resume=False)
    assert [(row["epoch"], row["weights"]) for row in history] == [
        (1, "last"),
        (1, "averaged"),
        (2, "last"),
        (2, "averaged"),
    ]
    assert float(torch.load(tmp_path / WEIGHTS, weights_only=True)["weight"]) == history[2]["weight"]
    assert json.loads((tmp_path / "history.json").read_text()) == history


@pytest.mark.parametrize("saves", range(1, 7))
def test_a_run_ends_the_same_wherever_it_was_interrupted(tmp_path: Path, saves: int) -> None:
    class Interrupted(LineTrainer):
        left = saves

        def _save(self) -> None:
            super()._save()
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

    whole = LineTrainer(RECIPE, tmp_path / "whole").run(resume=False)
    with pytest.raises(KeyboardInterrupt):
        Interrupted(RECIPE, tmp_path / "cut").run(resume=False)
    assert LineTrainer(RECIPE, tmp_path / "cut").run(resume=True) == whole
    best = [torch.load(tmp_path / name / WEIGHTS, weights_only=True)["weight"] for name in ("whole", "cut")]
    assert torch.equal(*best)


def test_the_most_steps_are_taken_whatever_the_epochs_say(tmp_path: Path) -> None:
    for steps in (3, 13):
        recipe = Recipe(epochs=1, batch_size=2, learning_rate=0.1, checkpoint_every=100, max_steps=steps)
        trainer = LineTrainer(recipe, tmp_path / str(steps), scores=[1] * 6)
        trainer.run(resume=False)
        assert trainer.step == steps


def test_a_checkpoint_of_another_recipe_is_rejected(tmp_path: Path) -> None:
    LineTrainer(RECIPE, tmp_path).run(resume=False)
    with pytest.raises(ValueError, match="another recipe"):
        LineTrainer(Recipe(epochs=3, batch_size=2, learning_rate=0.1, checkpoint_every=2), tmp_path).run(resume=True)
