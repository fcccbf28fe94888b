"""Jobs in the demo's process: their exit code, what they print, and their log."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from stack.demo_worker import prepare, run_here

JOB = """
import logging
import os

def main(settings, options):
    print("a figure")
    logging.getLogger("brandpulse").info("a line about %s", settings.home)
    os.write(1, b"as the JVM writes")
    if options.env == "demo" and settings.spark.ui:
        raise ValueError("a defect")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of `jobs` that the worker sees: with one job, `speak`."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "__init__.py").touch()
    (tmp_path / "jobs" / "speak.py").write_text(JOB)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.fixture
def worker(folder: Path) -> Iterator[ProcessPoolExecutor]:
    environment = {"BRANDPULSE__HOME": str(folder / "home")}
    with ProcessPoolExecutor(1, get_context("spawn"), prepare, (environment,)) as one:
        yield one


def test_what_a_job_prints_comes_back_and_its_log_has_the_rest(worker: ProcessPoolExecutor, folder: Path) -> None:
    code, printed = worker.submit(run_here, "speak", (), folder / "speak.log").result()
    assert (code, printed) == (0, "a figure\n")
    log = (folder / "speak.log").read_text()
    assert f"a line about {folder / 'home'}" in log
    assert "as the JVM writes" in log
    assert "a figure" not in log


def test_each_job_has_its_own_log_and_exit_code(
    worker: ProcessPoolExecutor, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second = folder / "first.log", folder / "second.log"
    assert worker.submit(run_here, "speak", ("--no-such-flag",), first).result()[0] == 2
    assert worker.submit(run_here, "speak", (), second).result()[0] == 0
    assert first.read_text().splitlines()[-1].endswith("unrecognized arguments: --no-such-flag")
    assert "unrecognized" not in second.read_text()
    assert capfd.readouterr() == ("", "")


def test_a_defect_is_exit_code_1_and_a_traceback_in_the_log(folder: Path) -> None:
    environment = {"BRANDPULSE__SPARK__UI": "true"}
    with ProcessPoolExecutor(1, get_context("spawn"), prepare, (environment,)) as worker:
        assert worker.submit(run_here, "speak", (), folder / "speak.log").result()[0] == 1
    assert (folder / "speak.log").read_text().splitlines()[-1] == "ValueError: a defect"
