"""A training of a few steps on made-up rows: everything from files to a folder that onnxruntime opens."""

import json
from pathlib import Path

import pytest

from conf.settings import Settings
from models.annotation.annotator_folder import check_annotator
from models.annotation.heads import CATEGORY, HEADS, REASON, SENTIMENT
from models.annotation.reference_annotator import ReferenceAnnotator
from models.training.data import FOLDS
from models.training.evaluation import OUT_OF_FOLD_FILE, read_out_of_fold
from models.training.label_sets import BANKS, SETS, TEXT_SETS, TWEETEVAL_VAL, read_sets, read_texts
from models.training.report import render_card
from models.training.soft_labels import FILES, TEACHER, TERMS
from tests.models.training.files import (
    a_complaints_file,
    a_file,
    a_support_file,
    a_teacher_file,
    a_tsv,
    an_airline_file,
    an_answer,
)

pytestmark = pytest.mark.train

FLAGS = {
    "seed": 3,
    "bf16": False,
    "encoder": None,
    "commercial": False,
    "hard_labels": False,
    "layers": 6,
    "no_folds": False,
    "resume": False,
    "smoke": True,
    "ship": False,
}
WORDS = {"negative": "awful", "neutral": "monday", "positive": "lovely"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    rows = [f"{label}\tnumber {i} is {word}" for i in range(40) for label, word in WORDS.items()]
    a_tsv(tmp_path, *rows)
    a_file(tmp_path, TWEETEVAL_VAL, "label\ttext", *rows[:30])
    flights = [f"author {i},@SkyHigh case {i},negative,1.0,{REASON.labels[i % 10]}" for i in range(60)]
    flights += [f"author {i},@SkyHigh {label} {i},{label},0.8," for i in range(30) for label in ("neutral", "positive")]
    an_airline_file(tmp_path, *flights)
    a_complaints_file(tmp_path, *[f"the thing {i} broke,{i % 2},{('software', 'food')[i % 3 % 2]}" for i in range(60)])
    a_support_file(tmp_path, *[f"you overcharged me {i} times,True" for i in range(5)])
    a_file(tmp_path, BANKS, "text", *[f"my bank lost card {i}" for i in range(10)])
    every_answer(tmp_path)
    return tmp_path


def every_answer(folder: Path) -> None:
    """The teacher's files for every row of every set: as sure of each label as of the others."""
    names = [*SETS, *TEXT_SETS]
    rows = read_sets(folder, SETS) + read_texts(folder, TEXT_SETS)
    fields = {f"{view}_{label}": 1 / 3 for view in ("base", "joint") for label in SENTIMENT.labels}
    fields |= {"complaint": 0.5} | {key: 0.1 for head in (CATEGORY, REASON) for key in head.keys}
    for name in set(names) & set(FILES):
        answers = [an_answer(row, fields) for row in rows if row.source == name]
        folds = [f"by_fold/{FILES[name].replace('.csv', f'_{fold}.csv')}" for fold in range(FOLDS)]
        for file in (FILES[name], *folds):
            a_teacher_file(folder / TEACHER, file, *answers)


def test_a_smoke_training_leaves_a_loadable_annotator_of_every_head_its_card_and_its_curves(
    data: Path, offline_settings: Settings
) -> None:
    from models.training.run import build_request, train_annotator

    folder = train_annotator(offline_settings, build_request(data, FLAGS, dry_run=False))
    check_annotator(folder)
    scores = ReferenceAnnotator(folder).score(["a lovely monday", ""])
    assert {name: found.shape for name, found in scores.items()} == {head.name: (2, len(head.labels)) for head in HEADS}
    assert [found.sum(axis=1) for found in scores.values()] == [pytest.approx([1, 1], abs=1e-4)] * len(HEADS)
    assert (folder / "curves.png").stat().st_size > 5000
    results = json.loads((folder / "results.json").read_text("utf-8"))
    assert results["recipe"]["joint"]["max_steps"] == 4
    assert {BANKS.name, "teacher/banks.csv.gz"} < set(results["data"]["sha256"])
    assert set(results["folds"]) == {"airline", "complaint", "complaint_to_brands", "reason", "category"}
    assert (folder / "README.md").read_text("utf-8") == render_card(results)
    rows, _ = read_out_of_fold(folder, read_sets(data, ["airline", "complaints"]))
    assert len(rows) == results["folds"]["airline"]["n"] + results["folds"]["complaint"]["n"]
    assert (folder / OUT_OF_FOLD_FILE).stat().st_size > 500


def test_without_the_non_commercial_sets_their_files_need_not_exist(data: Path, offline_settings: Settings) -> None:
    from models.training.run import build_request

    request = build_request(data, FLAGS | {"commercial": True}, dry_run=True)
    assert (request.sets, request.text_sets) == (["tweeteval", "complaints"], [])
    assert {term.view for term in TERMS[request.joint.teacher].values()} == {"base"}


def test_by_labels_alone_no_answer_of_a_teacher_is_read(data: Path, offline_settings: Settings) -> None:
    from models.training.data import TrainingSet
    from models.training.run import build_request
    from models.training.stages import find_targets

    request = build_request(data, FLAGS | {"hard_labels": True}, dry_run=True)
    assert request.text_sets == []
    assert find_targets(request.base, data / "nowhere", TrainingSet([], [])) is None
    assert find_targets(request.joint, data / "nowhere", TrainingSet([], [])) is None


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(data: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the train extra is not installed: make setup-train")
    from models.training.data import split_selection
    from models.training.heads_trainer import HeadsRecipe, HeadsTrainer
    from models.training.network import HeadsModel
    from models.training.trainer import seed_everything

    recipe = HeadsRecipe(epochs=1, batch_size=8, max_steps=4, checkpoint_every=2)
    rows = split_selection(read_sets(data, ["tweeteval", "complaints"]))

    def a_model() -> HeadsModel:
        seed_everything(1)
        return HeadsModel()

    HeadsTrainer(recipe, rows, tmp_path, a_model()).run(resume=False)
    checkpoint = tmp_path / "checkpoint.pt"
    expected = torch.load(checkpoint, weights_only=True)
    checkpoint.unlink()

    class Interrupted(HeadsTrainer):
        def _save(self) -> None:
            super()._save()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Interrupted(recipe, rows, tmp_path, a_model()).run(resume=False)
    assert torch.load(checkpoint, weights_only=True)["position"][0] == 2
    HeadsTrainer(recipe, rows, tmp_path, a_model()).run(resume=True)
    found = torch.load(checkpoint, weights_only=True)
    assert found["position"][0] == expected["position"][0] == 4
    assert all(torch.allclose(found["model"][name], expected["model"][name], atol=1e-6) for name in expected["model"])
