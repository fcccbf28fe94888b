"""A lake of another version is refused before anything is read or written."""

import logging
from importlib import import_module
from pathlib import Path

import pytest

from conf.command_line import run_job
from conf.lake_format import FORMAT, check_lake_format, write_lake_format
from conf.settings import Settings, load_settings
from runtime.errors import CheckFailed, ServiceUnavailable
from runtime.file_lock import hold_lock
from runtime.resources import PROJECT

WITHOUT_LAKE = {"demo"}
"""The demo empties its own lake before its jobs start."""
JOBS = sorted(file.stem for file in (PROJECT / "jobs").glob("[a-z]*.py"))


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
    (sentence,) = [record.message for record in caplog.records]
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


def test_an_empty_lake_gets_its_number_with_the_first_table(offline_settings: Settings) -> None:
    lake = Path(offline_settings.lake.path)
    check_lake_format(offline_settings)
    assert not lake.exists()
    write_lake_format(offline_settings)
    assert (lake / "FORMAT").read_text() == f"{FORMAT}\n"
    (lake / "silver" / "tweets" / "_delta_log").mkdir(parents=True)
    check_lake_format(offline_settings)


def test_another_number_is_refused_with_both(offline_settings: Settings) -> None:
    write_lake_format(offline_settings)
    (Path(offline_settings.lake.path) / "FORMAT").write_text("1\n")
    write_lake_format(offline_settings)
    with pytest.raises(CheckFailed, match=f"has format 1, this version reads and writes format {FORMAT} only"):
        check_lake_format(offline_settings)


def test_a_lake_whose_address_means_nothing_is_one_sentence(tmp_path: Path) -> None:
    settings = load_settings(overrides={"home": str(tmp_path), "lake": {"path": "nowhere://x/lake"}})
    with pytest.raises(ServiceUnavailable, match=r"lake\.path nowhere://x/lake cannot be read"):
        check_lake_format(settings)
