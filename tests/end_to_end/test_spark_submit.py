"""Jobs under spark-submit: with the zip alone, from a directory outside of the project, on two masters."""

import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from conf.session import spark_jars
from conf.settings import Settings, load_settings
from pipelines.sinks.lake import append_rows, create_table
from pipelines.sources.lake import read_table
from runtime.resources import PROJECT
from tests.builders import a_payload, a_record, an_id, records
from tests.conftest import job_environment
from tests.end_to_end.processes import overlay
from tools.packaging import build_zip

JOBS = (
    *("stream_tweets", "refresh_insights", "check_reconciliation", "compact_lake", "redrive_rejected"),
    *("report_insights", "erase_tweets"),
)


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist") / "brandpulse.zip"
    build_zip(PROJECT, target)
    return target


def submit(
    name: str, master: str, zipped: Path, env: Path, folder: Path, *arguments: str
) -> "subprocess.CompletedProcess[str]":
    """Run a job with only the zip of the project on the path."""
    jars = ",".join(str(jar) for jar in spark_jars(load_settings().jars))
    executable = Path(sys.executable).with_name("spark-submit")
    command = [str(executable), "--master", master, "--driver-memory", "2g", "--jars", jars, "--py-files", str(zipped)]
    environment = {key: value for key, value in job_environment().items() if key != "PYTHONPATH"}
    return subprocess.run(
        [*command, str(PROJECT / "jobs" / f"{name}.py"), "--env", str(env), *arguments],
        cwd=folder, env=environment | {"SPARK_WORKER_DIR": str(folder / "work")},
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1000)
@pytest.mark.usefixtures("imported_annotator")
@pytest.mark.parametrize("master", ["local[2]", "local-cluster[2,1,2048]"])
def test_the_stream_is_rebuilt_under_spark_submit(
    spark: SparkSession, settings: Settings, zipped: Path, tmp_path: Path, master: str
) -> None:
    create_table(spark, settings, "bronze.tweets")
    rows = [a_record(a_payload(id=an_id(number=n), text=f"thanks, that was quick {n}"), n) for n in range(5)]
    append_rows(records(spark, *rows), settings, "bronze.tweets")
    done = submit("stream_tweets", master, zipped, overlay(settings), tmp_path, "--source", "bronze")
    assert done.returncode == 0, done.stderr[-3000:]
    tweets = read_table(spark, settings, "silver.tweets")
    assert tweets.where("sentiment.label = 'positive'").count() == 5
    assert not [file for file in tmp_path.iterdir() if file.name in ("spark-warehouse", "metastore_db")]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("imported_annotator")
@pytest.mark.parametrize("name", JOBS)
def test_every_spark_job_runs_on_a_cluster_of_two(settings: Settings, zipped: Path, tmp_path: Path, name: str) -> None:
    arguments = {"stream_tweets": ["--once"]}.get(name, [])
    done = submit(name, "local-cluster[2,1,2048]", zipped, overlay(settings), tmp_path, *arguments)
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_wrong_setting_is_one_sentence_under_spark_submit_too(zipped: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("kafka: {partitons: 8}\n")
    done = submit("compact_lake", "local[1]", zipped, wrong, tmp_path)
    assert done.returncode == 2
    output = done.stdout + done.stderr
    assert "setting kafka.partitons" in output
    assert "Traceback" not in output
