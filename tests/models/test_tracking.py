from pathlib import Path

import mlflow
from mlflow import MlflowClient
from pyspark.ml import Pipeline
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession

from conf.settings import Settings
from models.tracking import load_spark_model, tracked_run


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
