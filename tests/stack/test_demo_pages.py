"""The dashboard that a demo in a terminal serves."""

import os
import signal
import subprocess
import threading
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from conf.settings import load_settings
from runtime.errors import CheckFailed
from runtime.resources import PROJECT
from stack import demo
from stack.demo_pages import Pages
from stack.processes import free_port, listens
from stack.supervisor import SUPERVISED


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pages:
    """Of a home without a store: pages say so."""
    port = free_port()
    monkeypatch.setenv("BRANDPULSE__HOME", str(tmp_path))
    monkeypatch.setenv("BRANDPULSE__SERVING__PORT", str(port))
    settings = load_settings("demo")
    return Pages(settings, {**os.environ, "PYTHONPATH": str(PROJECT)})


def test_the_link_opens_a_page_and_nothing_runs_after_the_end(pages: Pages, tmp_path: Path) -> None:
    try:
        link = pages.start()
        with urllib.request.urlopen(link, timeout=30) as page:
            assert page.status == 200
    finally:
        pages.stop()
    assert not listens(urlsplit(link).port or 0)
    assert [each for each in psutil.process_iter(["environ"]) if _belongs_to(each, tmp_path)] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait(pages: Pages, number: int) -> None:
    pages._children.append(subprocess.Popen(["sleep", "60"]))
    try:
        threading.Timer(0.5, os.kill, (os.getpid(), number)).start()
        pages.wait()
    finally:
        pages.stop()


def test_a_dashboard_that_ends_by_itself_is_an_error(pages: Pages) -> None:
    pages._children.append(subprocess.Popen(["true"]))
    with pytest.raises(CheckFailed, match="the dashboard ended"):
        pages.wait()


def test_a_dashboard_that_does_not_start_is_named_with_its_log(pages: Pages, tmp_path: Path) -> None:
    (tmp_path / "serving").write_text("a file where the folder should be")
    try:
        with pytest.raises(CheckFailed, match="the dashboard did not start"):
            pages.start()
    finally:
        pages.stop()


def test_pages_stay_up_in_a_terminal_only_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO", raising=False)
    monkeypatch.setattr(demo.console, "_force_terminal", True)
    assert demo.stays_up()
    monkeypatch.setenv("DEMO", "once")
    assert not demo.stays_up()
    monkeypatch.delenv("DEMO")
    monkeypatch.setattr(demo.console, "_force_terminal", False)
    assert not demo.stays_up()


def _belongs_to(process: psutil.Process, home: Path) -> bool:
    return (process.info["environ"] or {}).get(SUPERVISED) == str(home)
