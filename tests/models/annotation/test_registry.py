"""The registered annotators, and which of them scores."""

import logging
from pathlib import Path

import pytest

from conf.settings import Settings
from models.annotation.annotator import (
    REGISTERED_AS,
    annotator_folder,
    annotator_version,
    pipeline_folder,
    shipped_folder,
)
from models.annotation.registry import Known, check_candidate, find_annotator, find_champion, number_of, using_annotator
from models.annotation.text.normaliser import NORMALISER_VERSION
from models.tracking import find_registered, move_alias, tracked_run
from runtime.errors import BadInput, CheckFailed, UsageError
from tests.annotators import write_tiny_annotator


@pytest.fixture
def known(tmp_path: Path) -> Known:
    """An annotator that is in no registry yet, with a card."""
    folder = write_tiny_annotator(tmp_path / "trained" / "annotator")
    (folder / "README.md").write_text("the card")
    return Known(folder, annotator_version(folder))


def test_a_registered_copy_is_whole_and_has_the_version_of_its_original(
    offline_settings: Settings, known: Known
) -> None:
    number = number_of(offline_settings, known, {"sentiment_macro_recall": 0.75})
    copy = find_annotator(offline_settings, number)
    assert (copy.version, copy.number) == (known.version, "1")
    assert copy.folder != known.folder
    assert {path.name for path in copy.folder.rglob("*") if path.is_file()} == {
        *("model.onnx", "vocab.txt", "labels.txt", "results.json", "README.md")
    }
    found = find_registered(offline_settings, REGISTERED_AS, number)
    assert found is not None
    assert found.tags == {
        "annotator": known.version,
        "normaliser": NORMALISER_VERSION,
        "heads": "sentiment,complaint,category,reason",
        "sentiment_macro_recall": "0.7500",
    }
    assert number_of(offline_settings, known, {}) == number


def test_with_no_registry_the_shipped_annotator_scores_and_no_registry_is_made(offline_settings: Settings) -> None:
    assert annotator_folder(offline_settings) == shipped_folder(offline_settings)
    assert find_champion(offline_settings).folder == shipped_folder(offline_settings)
    assert not (offline_settings.home / "mlflow").exists()


def test_with_a_registry_but_no_champion_the_shipped_annotator_scores(offline_settings: Settings, known: Known) -> None:
    number_of(offline_settings, known, {})
    assert annotator_folder(offline_settings) == shipped_folder(offline_settings)


def test_the_champion_scores_unless_the_settings_say_otherwise(
    offline_settings: Settings, known: Known, caplog: pytest.LogCaptureFixture
) -> None:
    move_alias(offline_settings, REGISTERED_AS, number_of(offline_settings, known, {}), {})
    with caplog.at_level(logging.INFO):
        assert pipeline_folder(offline_settings).name == known.version
    assert "the champion is version 1" in caplog.text
    assert find_champion(offline_settings).version == known.version
    shipped = Known(shipped_folder(offline_settings), annotator_version(shipped_folder(offline_settings)))
    assert pipeline_folder(using_annotator(offline_settings, shipped)).name == shipped.version


def test_a_champion_for_another_normaliser_is_refused(offline_settings: Settings, known: Known) -> None:
    with tracked_run(offline_settings, "annotator", "old") as run:
        run.register_folder(known.folder, REGISTERED_AS, {"normaliser": "normaliser-0"}, alias="champion")
    with pytest.raises(CheckFailed, match="registered for normaliser-0"):
        annotator_folder(offline_settings)


def test_a_champion_that_learnt_from_less_masked_texts_goes_on_scoring(
    offline_settings: Settings, known: Known
) -> None:
    with tracked_run(offline_settings, "annotator", "old") as run:
        run.register_folder(known.folder, REGISTERED_AS, {"normaliser": "normaliser-1"}, alias="champion")
    champion = find_champion(offline_settings)
    assert annotator_folder(offline_settings) == champion.folder
    (champion.folder / "results.json").write_text('{"normaliser_version": "normaliser-1"}')
    check_candidate(champion)


def test_a_folder_is_found_by_its_path_and_anything_else_is_refused(offline_settings: Settings, known: Known) -> None:
    assert find_annotator(offline_settings, str(known.folder)) == known
    for which in ("champion", "1", "no/such/folder"):
        with pytest.raises(UsageError, match=which):
            find_annotator(offline_settings, which)


def test_labels_of_no_head_are_refused(known: Known) -> None:
    labels = known.folder / "assets" / "labels.txt"
    labels.write_text(labels.read_text().replace("=", "-"))
    with pytest.raises(BadInput, match="predicts no head"):
        check_candidate(known)
