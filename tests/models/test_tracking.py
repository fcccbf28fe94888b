import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from pyspark.ml import Pipeline
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession

from conf.settings import Settings
from models.tracking import (
    find_registered,
    find_spark_model,
    find_tagged,
    load_spark_model,
    move_alias,
    tracked_run,
)
from runtime.resources import PROJECT


@pytest.fixture
def registered(offline_settings: Settings, tmp_path: Path) -> list[str]:
    """The numbers of two registered versions, which differ in one tag; no alias."""
    numbers = []
    for colour in ("red", "blue"):
        folder = tmp_path / colour / "thing"
        folder.mkdir(parents=True)
        (folder / "colour.txt").write_text(colour)
        with tracked_run(offline_settings, "things", colour) as run:
            numbers.append(run.register_folder(folder, "thing", {"colour": colour}))
    return numbers


def test_a_run_keeps_parameters_curves_files_and_a_registered_folder(
    offline_settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "annotator"
    folder.mkdir()
    (folder / "labels.txt").write_text("negative\n")
    with tracked_run(offline_settings, "annotator", "first") as run:
        run.log_parameters({"epochs": 2})
        run.log_metrics({"loss": 0.5}, step=1)
        run.log_metrics({"loss": 0.25}, step=2)
        run.log_files([folder / "labels.txt"], "extra")
        version = run.register_folder(folder, "annotator-test", {"normaliser": "1"}, alias="champion")
    client = MlflowClient()
    assert client.get_run(run.run_id).data.params == {"epochs": "2"}
    assert [point.value for point in client.get_metric_history(run.run_id, "loss")] == [0.5, 0.25]
    kept = client.get_model_version_by_alias("annotator-test", "champion")
    assert (str(kept.version), kept.tags) == (version, {"normaliser": "1"})
    location = client.get_experiment_by_name("annotator").artifact_location
    assert location == (offline_settings.home / "mlflow" / "artifacts" / "annotator").as_uri()
    assert (offline_settings.home / "mlflow" / "artifacts" / "annotator" / run.run_id).is_dir()


def test_an_error_inside_marks_the_run_as_failed(offline_settings: Settings) -> None:
    try:
        with tracked_run(offline_settings, "annotator", "broken") as run:
            raise ValueError("a defect")
    except ValueError:
        assert mlflow.get_run(run.run_id).info.status == "FAILED"


def test_a_spark_model_comes_back_by_its_alias(offline_settings: Settings, spark: SparkSession) -> None:
    rows = spark.range(3)
    model = Pipeline(stages=[VectorAssembler(inputCols=["id"], outputCol="features")]).fit(rows)
    with tracked_run(offline_settings, "segmenter", "fit") as run:
        assert run.register_spark_model(model, "segmenter-test") == "1"
    loaded = load_spark_model(offline_settings, "segmenter-test")
    assert loaded.transform(rows).collect() == model.transform(rows).collect()
    assert find_spark_model(offline_settings, "segmenter-test") is not None
    assert find_spark_model(offline_settings, "other") is None
    shutil.rmtree(offline_settings.home / "mlflow" / "artifacts")
    assert find_spark_model(offline_settings, "segmenter-test") is None


def test_a_registered_folder_is_found_by_number_alias_and_tag(
    offline_settings: Settings, registered: list[str]
) -> None:
    move_alias(offline_settings, "thing", registered[0], {"why": "first"})
    by_number = find_registered(offline_settings, "thing", registered[0])
    assert by_number is not None
    assert (by_number.folder.name, (by_number.folder / "colour.txt").read_text()) == ("thing", "red")
    assert by_number.tags == {"colour": "red", "why": "first"}
    assert find_registered(offline_settings, "thing", "champion") == by_number
    assert find_tagged(offline_settings, "thing", "colour", "red") == by_number
    move_alias(offline_settings, "thing", registered[1], {})
    assert find_registered(offline_settings, "thing", "champion") != by_number


def test_what_is_not_registered_is_not_found(offline_settings: Settings, registered: list[str]) -> None:
    for name, which in (("thing", "champion"), ("thing", "9"), ("other", "champion"), ("other", "1")):
        assert find_registered(offline_settings, name, which) is None
    assert find_tagged(offline_settings, "thing", "colour", "green") is None


def test_where_no_alias_is_the_question_makes_no_store_and_does_not_import_mlflow(
    offline_settings: Settings, registered: list[str], tmp_path: Path
) -> None:
    script = (
        "import sys\nfrom conf.settings import load_settings\nfrom models.tracking import find_registered\n"
        "for home in sys.argv[1:]:\n"
        "    settings = load_settings(overrides={'home': home})\n"
        "    assert find_registered(settings, 'thing', 'champion') is None\n"
        "assert 'mlflow' not in sys.modules\n"
    )
    command = [sys.executable, "-c", script, str(offline_settings.home), str(tmp_path / "nothing")]
    subprocess.run(command, cwd=PROJECT, check=True)
    assert not (tmp_path / "nothing").exists()
