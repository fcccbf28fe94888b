"""The only file that knows mlflow: runs, their figures and files, registered models and their aliases.

The store is SQLite (`tracking.uri`); each experiment keeps its files beside it under `<home>/mlflow/artifacts`.
"""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conf.settings import Settings

if TYPE_CHECKING:
    from pyspark.ml import PipelineModel

Value = str | int | float | bool | None


@dataclass(frozen=True)
class TrackedRun:
    """An open run; what is logged through it belongs to `run_id`."""

    run_id: str

    def log_parameters(self, parameters: Mapping[str, Value]) -> None:
        """Records how the run was made."""
        import mlflow

        mlflow.log_params({name: str(value) for name, value in parameters.items()})

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Records figures; the same name at several steps is a curve."""
        import mlflow

        mlflow.log_metrics({name: float(value) for name, value in metrics.items()}, step=step)

    def log_files(self, files: Sequence[Path], folder: str | None = None) -> None:
        """Keeps copies of files or whole folders with the run."""
        import mlflow

        for path in files:
            keep = mlflow.log_artifacts if path.is_dir() else mlflow.log_artifact
            keep(str(path), folder)

    def register_spark_model(self, model: "PipelineModel", name: str, alias: str = "champion") -> str:
        """Keeps an MLlib model with the run, registers it and points `alias` at it; returns its version."""
        import mlflow.spark
        import pyspark
        from mlflow import MlflowClient

        # Without pip_requirements mlflow spends 25 s on guessing them.
        requirements = [f"pyspark=={pyspark.__version__}"]
        info = mlflow.spark.log_model(model, "model", registered_model_name=name, pip_requirements=requirements)
        version = str(info.registered_model_version)
        MlflowClient().set_registered_model_alias(name, alias, version)
        return version

    def register_folder(self, folder: Path, name: str, tags: Mapping[str, str], alias: str | None = None) -> str:
        """Keeps a folder (an ONNX annotator) with the run and registers it; returns its version."""
        import mlflow
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        mlflow.log_artifacts(str(folder), folder.name)
        client = MlflowClient()
        try:
            client.get_registered_model(name)
        except MlflowException:
            client.create_registered_model(name)
        source = mlflow.get_artifact_uri(folder.name)
        version = client.create_model_version(name, source, self.run_id, tags=dict(tags)).version
        if alias:
            client.set_registered_model_alias(name, alias, version)
        return str(version)


@contextmanager
def tracked_run(settings: Settings, experiment: str, name: str) -> Iterator[TrackedRun]:
    """Opens a run of `experiment`, which is created when it is new; an error inside marks the run as failed."""
    import mlflow

    _point_at_store(settings)
    with mlflow.start_run(experiment_id=_experiment_id(settings, experiment), run_name=name) as run:
        yield TrackedRun(run.info.run_id)


def load_spark_model(settings: Settings, name: str, alias: str = "champion") -> "PipelineModel":
    """The registered MLlib model that `alias` points at; mlflow's own error when there is none."""
    import mlflow.spark

    _point_at_store(settings)
    return mlflow.spark.load_model(f"models:/{name}@{alias}", dfs_tmpdir=str(settings.home / "mlflow" / "scratch"))


def _point_at_store(settings: Settings) -> None:
    import mlflow

    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="mlflow")
    if settings.tracking.uri.startswith("sqlite:///"):
        Path(settings.tracking.uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(settings.tracking.uri)
    mlflow.set_registry_uri(settings.tracking.uri)


def _experiment_id(settings: Settings, experiment: str) -> str:
    import mlflow

    found = mlflow.get_experiment_by_name(experiment)
    if found is not None:
        return str(found.experiment_id)
    folder = settings.home / "mlflow" / "artifacts" / experiment
    folder.mkdir(parents=True, exist_ok=True)
    return str(mlflow.create_experiment(experiment, artifact_location=folder.as_uri()))
