"""Promotion: the table, what is rejected, and the alias that moves only without an objection."""

from pathlib import Path

import numpy as np
import pytest

from conf.command_line import run_job
from conf.settings import Settings, load_settings
from jobs.promote_annotator import FLAGS, main
from models.annotation.annotator import REGISTERED_AS, annotator_version
from models.annotation.heads import COMPLAINT, SENTIMENT, Head
from models.annotation.registry import find_champion
from models.tracking import CHAMPION, find_registered
from models.training import promotion
from models.training.data import split_selection
from models.training.evaluation import TASKS, Task
from models.training.label_sets import SETS, read_sets
from models.training.promotion import Comparison, Question, Sample, compare_head, read_questions
from runtime.errors import BadInput
from tests.annotators import copy_with_labels_swapped, word_of, write_tiny_annotator

TASK_OF = {task.name: task for task in TASKS}
PRAISE = ["I love this so much, thank you", "what a wonderful day, great service", "best flight ever, so happy"]
BLAME = ["I hate this, worst service ever", "so angry, they lost my bag again", "terrible, I am furious"]


@pytest.fixture
def env(tmp_path: Path) -> Path:
    """An overlay whose home is the test's and whose shipped annotator is a tiny one."""
    write_tiny_annotator(tmp_path / "shipped" / "annotator")
    overlay = tmp_path / "ours.yaml"
    overlay.write_text(
        f"home: {tmp_path / 'home'}\nannotators: {{tweets: {tmp_path / 'shipped' / 'annotator'}}}\n", "utf-8"
    )
    return overlay


@pytest.fixture
def own(env: Path) -> Settings:
    return load_settings(str(env))


@pytest.fixture(autouse=True)
def questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty texts per label, each with the word of its label."""
    asked = [questions_of(task) for task in TASKS if task.name == task.head.name]
    monkeypatch.setattr(promotion, "read_questions", lambda data: asked)


def questions_of(task: Task) -> Question:
    texts = [f"{word_of(task.head, label)} and more" for label in task.head.labels for _ in range(40)]
    return Question(task, texts, np.arange(len(task.head.labels)).repeat(40))


def promote(env: Path, candidate: Path | str, *arguments: str) -> int:
    return run_job(main, ["--env", str(env), "--candidate", str(candidate), "--data", "none", *arguments], flags=FLAGS)


def a_sample(task: str, champion: list[int] | None, candidate: list[int] | None, truth: list[int]) -> Sample:
    answers = [None if one is None else np.array(one) for one in (champion, candidate)]
    return Sample(TASK_OF[task], np.array(truth), *answers)


def test_a_candidate_that_is_not_worse_becomes_the_champion(
    env: Path, own: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (write_tiny_annotator(tmp_path / str(n) / "annotator", logit=n) for n in (5, 6))
    assert (promote(env, first), find_champion(own).number) == (0, "1")
    assert (promote(env, second), find_champion(own).number) == (0, "2")
    champion = find_registered(own, REGISTERED_AS, CHAMPION)
    assert champion is not None
    assert champion.tags["annotator"] == annotator_version(second)
    assert (champion.tags["promoted_over"], champion.tags["forced"]) == (annotator_version(first), "no")
    assert champion.tags["sentiment_macro_recall"] == "1.0000"
    assert champion.tags["heads"] == "sentiment,complaint,category,reason"
    assert capsys.readouterr().out.count("not worse") == 8


def test_an_older_version_comes_back_by_its_number_and_is_not_registered_twice(
    env: Path, own: Settings, tmp_path: Path
) -> None:
    first, second = (write_tiny_annotator(tmp_path / str(n) / "annotator", logit=n) for n in (5, 6))
    assert [promote(env, which) for which in (first, second, first, "2", "2", "1")] == [0] * 6
    assert find_champion(own).number == "1"
    assert find_registered(own, REGISTERED_AS, "3") is None


@pytest.mark.parametrize(("head", "one", "other"), [(SENTIMENT, "negative", "positive"), (COMPLAINT, "no", "yes")])
def test_a_candidate_that_is_worse_on_one_head_is_refused_and_the_champion_stays(
    env: Path, own: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture, head: Head, one: str, other: str
) -> None:
    good = write_tiny_annotator(tmp_path / "good" / "annotator", logit=5)
    assert promote(env, good) == 0
    bad = copy_with_labels_swapped(good, tmp_path / "bad" / "annotator", f"{head.name}={one}", f"{head.name}={other}")
    assert promote(env, bad) == 6
    assert f"{head.name} is worse" in caplog.text
    assert find_champion(own).number == "1"
    assert find_registered(own, REGISTERED_AS, "2") is None


def test_the_shipped_annotator_is_defended_against_its_worse_copy(
    offline_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = find_champion(offline_settings)
    worse = copy_with_labels_swapped(
        shipped.folder, tmp_path / "worse" / "annotator", "sentiment=negative", "sentiment=positive"
    )
    question = Question(TASK_OF["sentiment"], BLAME + PRAISE, np.array([0] * len(BLAME) + [2] * len(PRAISE)))
    monkeypatch.setattr(promotion, "read_questions", lambda data: [question])
    overlay = tmp_path / "ours.yaml"
    overlay.write_text(f"home: {offline_settings.home}\n")
    assert promote(overlay, worse) == 6
    assert find_champion(offline_settings) == shipped


def test_a_worse_candidate_is_forced_only_for_a_reason_which_is_kept(
    env: Path, own: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = tmp_path / "shipped" / "annotator"
    bad = copy_with_labels_swapped(good, tmp_path / "bad" / "annotator", "complaint=no", "complaint=yes")
    assert promote(env, bad, "--force", "  ") == 2
    assert find_champion(own).number is None
    assert promote(env, bad, "--force", "the old one leaks") == 0
    champion = find_registered(own, REGISTERED_AS, CHAMPION)
    assert champion is not None
    assert champion.tags["forced"] == "the old one leaks"
    assert {"promoted_at", "promoted_by"} <= set(champion.tags)
    assert "because: the old one leaks" in caplog.text


def test_a_dry_run_prints_the_table_and_makes_no_registry(
    env: Path, own: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promote(env, write_tiny_annotator(tmp_path / "new" / "annotator", logit=5), "--dry-run") == 0
    assert "+0.0000 (+0.0000 to +0.0000)" in capsys.readouterr().out
    assert not (own.home / "mlflow").exists()


def test_a_candidate_without_a_head_of_the_champion_is_refused(
    env: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert promote(env, write_tiny_annotator(tmp_path / "new" / "annotator", heads=(SENTIMENT,))) == 6
    assert "complaint is not predicted" in caplog.text


def test_a_candidate_for_another_normaliser_is_refused(
    env: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_tiny_annotator(tmp_path / "new" / "annotator", logit=5)
    (folder / "results.json").write_text('{"normaliser_version": "normaliser-0"}')
    assert promote(env, folder) == 6
    (folder / "results.json").unlink()
    assert promote(env, folder) == 6
    assert "was trained with normaliser-0" in caplog.text
    assert "has no normaliser_version in its results.json" in caplog.text


def test_a_folder_that_breaks_the_contract_is_refused_before_it_is_scored(env: Path, tmp_path: Path) -> None:
    folder = write_tiny_annotator(tmp_path / "new" / "annotator")
    (folder / "model.onnx").write_bytes(b"no model")
    assert promote(env, folder) == 4


def test_a_candidate_that_is_not_there_is_a_usage_error(env: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert promote(env, "17") == 2
    assert "'17' is no annotator" in caplog.text


def test_equal_answers_are_no_difference() -> None:
    found = compare_head(a_sample("complaint", [0, 1, 1, 0], [0, 1, 1, 0], [0, 1, 0, 1]))
    assert (found.difference, found.interval, found.objection) == (0.0, (0.0, 0.0), None)


def test_a_loss_beyond_chance_is_worse_and_a_gain_is_not() -> None:
    truth = [0, 1] * 100
    half = [0] * 200
    assert compare_head(a_sample("complaint", truth, half, truth)).objection == "worse"
    assert compare_head(a_sample("complaint", half, truth, truth)).objection is None


def test_a_loss_that_chance_may_explain_is_refused_above_the_margin_only() -> None:
    truth = [0, 1] * 300
    slips = [1 - truth[0], *truth[1:]]
    more = [1 - label for label in truth[:5]] + truth[5:]
    wrong = [1 - label for label in truth[-5:]]
    few = compare_head(a_sample("complaint", truth[:-5] + wrong, slips[:-5] + wrong, truth))
    several = compare_head(a_sample("complaint", truth[:-4] + wrong[1:], more, truth))
    assert (few.objection, few.interval[1]) == (None, 0.0)
    assert -promotion.MARGIN < several.difference < 0
    assert several.objection is None
    unsure = Comparison(TASK_OF["complaint"], 600, 0.9, 0.89, -0.01, (-0.03, 0.01))
    assert unsure.objection == "worse by more than the margin"


def test_a_new_head_is_no_objection_and_a_missing_one_is() -> None:
    new = compare_head(a_sample("reason", None, [0, 1], [0, 1]))
    missing = compare_head(a_sample("reason", [0, 1], None, [0, 1]))
    assert (new.objection, new.candidate, np.isnan(new.difference)) == (None, 0.2, True)
    assert missing.objection == "not predicted"


def test_a_head_that_no_text_asks_for_is_bad_input() -> None:
    with pytest.raises(BadInput, match="sentiment"):
        compare_head(a_sample("sentiment", [], [], []))


def test_the_real_questions_ask_every_head_on_texts_that_no_training_sees(shared_data: Path) -> None:
    asked = read_questions(shared_data)
    assert [(one.task.name, one.task.measure) for one in asked] == [
        ("sentiment", "macro_recall"),
        ("complaint", "macro_f1"),
        ("reason", "macro_f1"),
        ("category", "macro_f1"),
    ]
    assert len(asked[0].texts) == 2000
    trained = {row.text for row in split_selection(read_sets(shared_data, SETS)).train}
    assert [trained & set(one.texts) for one in asked[1:]] == [set(), set(), set()]
