"""The only file that uses mlflow: runs, their metrics and files, registered models and their aliases.

The store is SQLite (`tracking.uri`); the files of the experiments are under `<home>/mlflow/artifacts`.
"""

import logging
import sqlite3
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conf.settings import Settings

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion
    from pyspark.ml import PipelineModel

CHAMPION = "champion"
"""The alias of the version in use."""

_SQLITE = "sqlite:///"

Value = str | int | float | bool | None


@dataclass(frozen=True)
class TrackedRun:
    """An open run of mlflow."""

    run_id: str

    def log_parameters(self, parameters: Mapping[str, Value]) -> None:
        import mlflow

        mlflow.log_params({name: str(value) for name, value in parameters.items()})

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Logs metrics; the same name at several steps is a curve."""
        import mlflow

        mlflow.log_metrics({name: float(value) for name, value in metrics.items()}, step=step)

    def log_files(self, files: Sequence[Path], folder: str | None = None) -> None:
        """Stores copies of files or whole folders with the run."""
        import mlflow

        for path in files:
            keep = mlflow.log_artifacts if path.is_dir() else mlflow.log_artifact
            keep(str(path), folder)

    def register_spark_model(self, model: "PipelineModel", name: str, alias: str = CHAMPION) -> str:
        """Stores an MLlib model with the run, registers it and points `alias` at it; returns its version."""
        import mlflow.spark
        import pyspark
        from mlflow import MlflowClient

        # Without pip_requirements mlflow takes 25 s to guess them.
        requirements = [f"pyspark=={pyspark.__version__}"]
        info = mlflow.spark.log_model(model, "model", registered_model_name=name, pip_requirements=requirements)
        version = str(info.registered_model_version)
        MlflowClient().set_registered_model_alias(name, alias, version)
        return version

    def register_folder(self, folder: Path, name: str, tags: Mapping[str, str], alias: str | None = None) -> str:
        """Stores a folder (an ONNX annotator) with the run and registers it; returns its version."""
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


@dataclass(frozen=True)
class RegisteredFolder:
    """A version of a registered folder: its number, its files, its tags."""

    number: str
    folder: Path
    tags: dict[str, str]


def store_file(settings: Settings) -> Path | None:
    """The file of an SQLite store; None for any other store."""
    uri = settings.tracking.uri
    return Path(uri.removeprefix(_SQLITE)) if uri.startswith(_SQLITE) else None


@contextmanager
def tracked_run(settings: Settings, experiment: str, name: str) -> Iterator[TrackedRun]:
    """Opens a run of `experiment`, which is created when it is new; after an error inside, its status is FAILED."""
    import mlflow

    _point_at_store(settings)
    with mlflow.start_run(experiment_id=_experiment_id(settings, experiment), run_name=name) as run:
        yield TrackedRun(run.info.run_id)


def load_spark_model(settings: Settings, name: str, alias: str = CHAMPION) -> "PipelineModel":
    """The registered MLlib model that `alias` points at; MlflowException when there is none."""
    import mlflow.spark

    _point_at_store(settings)
    return mlflow.spark.load_model(f"models:/{name}@{alias}", dfs_tmpdir=str(settings.home / "mlflow" / "scratch"))


def find_spark_model(settings: Settings, name: str, alias: str = CHAMPION) -> "PipelineModel | None":
    """The same, or None when it is not registered or its files are missing."""
    if not _is_registered(settings, name, alias):
        return None
    from mlflow.exceptions import MlflowException

    try:
        return load_spark_model(settings, name, alias)
    except (MlflowException, OSError):
        return None


def find_registered(settings: Settings, name: str, which: str) -> RegisteredFolder | None:
    """The version of `name` with the number or alias `which`; None when there is none.

    Creates no store, and imports mlflow, which takes seconds, only when there may be something to find.
    """
    if not _is_registered(settings, name, which):
        return None
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    _point_at_store(settings)
    client = MlflowClient()
    ask = client.get_model_version if which.isdigit() else client.get_model_version_by_alias
    try:
        return _registered(ask(name, which))
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):  # the latter: no such alias
            return None
        raise


def find_tagged(settings: Settings, name: str, tag: str, value: str) -> RegisteredFolder | None:
    """The newest version of `name` whose `tag` is `value`; None when there is none."""
    from mlflow import MlflowClient

    _point_at_store(settings)
    found = MlflowClient().search_model_versions(f"name = '{name}' AND tags.{tag} = '{value}'")
    return _registered(max(found, key=lambda version: int(version.version))) if found else None


def move_alias(settings: Settings, name: str, number: str, tags: Mapping[str, str], alias: str = CHAMPION) -> None:
    """Writes `tags` on a version, then points `alias` at it: only this last step changes the version in use."""
    from mlflow import MlflowClient

    _point_at_store(settings)
    client = MlflowClient()
    for tag, value in tags.items():
        client.set_model_version_tag(name, number, tag, value)
    client.set_registered_model_alias(name, alias, number)


def _registered(version: "ModelVersion") -> RegisteredFolder:
    from mlflow.artifacts import download_artifacts

    # Files in the local file system are not copied.
    return RegisteredFolder(str(version.version), Path(download_artifacts(version.source)), dict(version.tags))


def _is_registered(settings: Settings, name: str, which: str) -> bool:
    """False when an SQLite store lacks the version or alias; other stores must be asked through mlflow."""
    file = store_file(settings)
    if file is None:
        return True
    if not file.is_file():
        return False
    table, column = ("model_versions", "version") if which.isdigit() else ("registered_model_aliases", "alias")
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as store:
        if store.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is None:
            return False
        found = store.execute(f"SELECT 1 FROM {table} WHERE name = ? AND {column} = ?", (name, which)).fetchone()
    return found is not None


def _point_at_store(settings: Settings) -> None:
    import mlflow

    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="mlflow")
    if file := store_file(settings):
        file.parent.mkdir(parents=True, exist_ok=True)
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
