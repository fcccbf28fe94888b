"""What every test may ask for: one Spark, one real broker and store for the run, settings of its own for each test."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.sql import SparkSession

import pipelines.sinks.lake
import stack
from conf.session import build_session
from conf.settings import Settings, load_settings
from runtime.resources import PROJECT

# pyspark 3.5's assertDataFrameEqual asks numpy for a name that numpy 2 dropped.
vars(np)["NaN"] = np.nan
SHARED_DATA = PROJECT.parent / "shared" / "data"
WHOLE_PLANS = {"spark.sql.debug.maxToStringFields": "1000"}
"""Sessions leave the fields of a plan out of its description."""
SECRET = "a secret of the tests alone"
# Code that runs a few times is not worth the second compiler. With one alone the JVM reserves 48 MB for compiled code;
# Spark fills them in minutes, and evicting took a quarter of the time. Hundreds of tables are read once each.
JVM_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=512m -Dspark.databricks.delta.delta.log.cacheSize=100"


pytest_plugins = ["tests.plugin", "tests.reading"]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's own home: nothing a test does reaches the lake of the person who runs it."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session", autouse=True)
def environment(home: Path) -> Iterator[None]:
    """Jobs that a test starts as processes inherit these."""
    values = {"BRANDPULSE_AUTHOR_KEY": SECRET, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    values["SPARK_SUBMIT_OPTS"] = JVM_OPTIONS
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    yield
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


@pytest.fixture(scope="session")
def stack_endpoints(home: Path) -> Iterator[stack.Endpoints]:
    """The run's broker and document store."""
    yield stack.start(home / "stack")
    stack.stop(home / "stack")


@pytest.fixture(scope="session")
def spark(home: Path) -> Iterator[SparkSession]:
    """The run's one Spark session, as production builds it."""
    overrides = {"home": str(home), "spark": {"shuffle_partitions": 1}}
    session = build_session(load_settings(overrides=overrides), "tests")
    # Tests query small frames, of which planning again between stages costs more than all the rest.
    session.conf.set("spark.sql.adaptive.enabled", "false")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines.sinks.lake, "create_empty_table", _copying(home / "empty_tables"))
        yield session
    session.stop()


@pytest.fixture(scope="session")
def annotators(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Where imported annotators are: one folder for all workers of the run."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if hasattr(request.config, "workerinput") else own) / "annotators"


@pytest.fixture
def offline_settings(home: Path, annotators: Path, tmp_path: Path) -> Settings:
    """Settings with a home of the test's own and no services."""
    return load_settings(overrides=_own(home, annotators, tmp_path))


@pytest.fixture
def settings(home: Path, annotators: Path, tmp_path: Path, stack_endpoints: stack.Endpoints) -> Settings:
    """Settings with a home, topics and a database of the test's own on the run's real broker and store."""
    name = tmp_path.name.replace("_", "-")
    return load_settings(
        overrides=_own(home, annotators, tmp_path)
        | {
            "kafka": {
                "bootstrap_servers": stack_endpoints.kafka,
                "tweets_topic": f"tweets.raw.{name}",
                "compliance_topic": f"compliance.{name}",
            },
            "mongodb": {"uri": stack_endpoints.mongodb, "database": f"test_{tmp_path.name}"[:60]},
        }
    )


@pytest.fixture(scope="session")
def imported_annotator(home: Path, annotators: Path) -> Path:
    """The shipped annotator, imported by the first worker that asks in a process of its own, as production does."""
    overlay, is_done = home / "import.yaml", annotators.with_name("annotators.done")
    overlay.write_text(f"home: {home / 'import'}\nannotators: {{pipelines: {annotators}}}\n")
    command = [sys.executable, "jobs/import_annotator.py", "--env", str(overlay)]
    with annotators.with_name("annotators.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_done.exists():
            done = subprocess.run(
                command, check=False, cwd=PROJECT, env=job_environment(), capture_output=True, text=True, timeout=600
            )
            assert done.returncode == 0, done.stderr[-2000:]
            is_done.touch()
    return annotators


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of other people's data; never part of the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not here: this test reads real payloads from it")
    return SHARED_DATA


def job_environment() -> dict[str, str]:
    """The environment of a job started as a process."""
    return dict(os.environ) | {"PYTHONPATH": str(PROJECT)}


def _copying(empty: Path) -> Callable[[SparkSession, str, str], None]:
    """Spark writes each empty table once, into the folder `empty`; the tests' lakes get copies of it."""
    create = pipelines.sinks.lake.create_empty_table

    def copy(spark: SparkSession, path: str, name: str) -> None:
        if not (empty / name).exists():
            create(spark, str(empty / name), name)
        # Not copy2: the time of a version is that of its file.
        shutil.copytree(empty / name, path, copy_function=shutil.copyfile)

    return copy


def _own(home: Path, annotators: Path, tmp_path: Path) -> dict[str, Any]:
    return {
        "home": str(tmp_path / "home"),
        "stack_home": str(home / "stack"),
        "annotators": {"pipelines": str(annotators)},
    }
