"""A lake of another version is refused before anything is read or written."""

import logging
from importlib import import_module
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from conf.command_line import run_job
from conf.lake_format import FORMAT, Files, LocalFiles, check_lake_format, local_lake, write_lake_format
from conf.session import HadoopFiles
from conf.settings import Settings, load_settings
from runtime.errors import CheckFailed, ServiceUnavailable
from runtime.file_lock import hold_lock
from runtime.resources import PROJECT
from tests.jobs.names import JOBS

WITHOUT_LAKE = {"demo", "serve_dashboard"}
"""The demo empties its own lake before its jobs start; the dashboard reads MongoDB alone."""


def a_lake_of_before(home: Path) -> None:
    """Tables as 69974b6 left them: a log, and no format number."""
    for name in ("silver/tweets", "gold/run_marks"):
        (home / "lake" / name / "_delta_log").mkdir(parents=True)


def everything(home: Path) -> list[Path]:
    return sorted(home.rglob("*"))


@pytest.mark.parametrize("job", [name for name in JOBS if name not in WITHOUT_LAKE])
def test_every_job_refuses_a_lake_of_before_in_one_sentence(
    job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BRANDPULSE__HOME", str(tmp_path))
    a_lake_of_before(tmp_path)
    before = everything(tmp_path)
    module = import_module(f"jobs.{job}")
    with caplog.at_level(logging.ERROR):
        assert run_job(module.main, [], flags=getattr(module, "FLAGS", ())) == 6
    (sentence,) = [record.message for record in caplog.records if record.name.startswith("brandpulse")]
    assert f"{tmp_path}/lake has no format number" in sentence
    assert everything(tmp_path) == before


@pytest.mark.parametrize("job", JOBS)
def test_every_job_runs_through_run_job_with_its_flags(job: str) -> None:
    source = (PROJECT / "jobs" / f"{job}.py").read_text("utf-8")
    lake = ", needs_lake=False" if job in WITHOUT_LAKE else ""
    flags = ", flags=FLAGS" if hasattr(import_module(f"jobs.{job}"), "FLAGS") else ""
    assert f"sys.exit(run_job(main{flags}{lake}))" in source


def test_a_job_does_not_start_while_an_older_version_holds_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BRANDPULSE__HOME", str(tmp_path))
    with hold_lock(tmp_path / "leases" / "silver.tweets", str):
        assert run_job(lambda settings, options: None, []) == 7
    assert "of an older version" in caplog.text
    assert run_job(lambda settings, options: None, []) == 0


def test_a_collector_of_an_older_version_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANDPULSE__HOME", str(tmp_path))
    with hold_lock(tmp_path / "collector" / "stream.lease", str):
        assert run_job(lambda settings, options: None, []) == 7


def files_of(spark: SparkSession | None, settings: Settings) -> Files:
    """The lake's files as this machine sees them, or through Spark."""
    return LocalFiles(Path(settings.lake.path)) if spark is None else HadoopFiles(spark, f"file://{settings.lake.path}")


@pytest.fixture(params=["local", "hadoop"])
def files(request: pytest.FixtureRequest, offline_settings: Settings) -> Files:
    spark = request.getfixturevalue("spark") if request.param == "hadoop" else None
    return files_of(spark, offline_settings)


def test_an_empty_lake_gets_its_number_with_the_first_table(offline_settings: Settings, files: Files) -> None:
    lake = Path(offline_settings.lake.path)
    check_lake_format(offline_settings, files)
    assert not lake.exists()
    write_lake_format(offline_settings, files)
    assert (lake / "FORMAT").read_text() == f"{FORMAT}\n"
    assert not [each for each in lake.iterdir() if each.name not in ("FORMAT", ".FORMAT.crc")]
    (lake / "silver" / "tweets" / "_delta_log").mkdir(parents=True)
    check_lake_format(offline_settings, files)


def test_another_number_is_refused_with_both(offline_settings: Settings, files: Files) -> None:
    lake = Path(offline_settings.lake.path)
    lake.mkdir(parents=True)
    (lake / "FORMAT").write_text("1\n")
    write_lake_format(offline_settings, files)
    with pytest.raises(CheckFailed, match=f"has format 1, this version reads and writes format {FORMAT} only"):
        check_lake_format(offline_settings, files)


def test_tables_without_a_number_are_refused(offline_settings: Settings, files: Files) -> None:
    (Path(offline_settings.lake.path) / "silver" / "tweets" / "_delta_log").mkdir(parents=True)
    with pytest.raises(CheckFailed, match="has no format number"):
        check_lake_format(offline_settings, files)


@pytest.mark.parametrize(
    ("path", "is_local"), [("/x", True), ("file:///x", True), ("file:/x", True), ("s3a://b/x", False)]
)
def test_a_lake_of_this_machine_is_told_from_others(path: str, is_local: bool) -> None:
    assert (local_lake(load_settings(overrides={"lake": {"path": path}})) is not None) == is_local


def test_a_lake_that_cannot_be_read_is_one_sentence(tmp_path: Path, offline_settings: Settings) -> None:
    class Broken(LocalFiles):
        def read(self, path: str) -> str | None:
            raise PermissionError(13, "Permission denied")

    with pytest.raises(ServiceUnavailable, match="cannot be used: Permission denied"):
        check_lake_format(offline_settings, Broken(tmp_path))
