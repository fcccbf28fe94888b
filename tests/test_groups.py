"""A group of tests is skipped only while nothing that it depends on has changed."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import groups
from tests.groups import GROUPS, Group, group_files, group_of, has_passed, record
from tests.plugin import Recorder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with one group, whose test imports `models.used`, which imports `models.deeper`."""
    files = {
        "tests/one/test_it.py": "from models.used import value\n",
        "models/__init__.py": "",
        "models/used.py": "def value():\n    from models import deeper\n",
        "models/deeper.py": "",
        "models/other.py": "",
        "data.txt": "1",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setattr(groups, "PROJECT", tmp_path)
    monkeypatch.setattr(groups, "RECORD", tmp_path / "passed.json")
    monkeypatch.setattr(groups, "GROUPS", {"one": Group(("tests/one",), ("data.txt",))})
    groups._imported.cache_clear()
    yield tmp_path
    groups._imported.cache_clear()


@pytest.mark.parametrize("changed", ["tests/one/test_it.py", "models/used.py", "models/deeper.py", "data.txt"])
def test_a_change_of_anything_that_a_group_depends_on_makes_it_run_again(project: Path, changed: str) -> None:
    assert not has_passed("one")
    record(["one"])
    assert has_passed("one")
    (project / changed).write_text("# changed\n")
    assert not has_passed("one")


def test_a_change_elsewhere_leaves_a_group_as_it_was(project: Path) -> None:
    record(["one"])
    (project / "models/other.py").write_text("# changed\n")
    assert has_passed("one")


def test_a_new_test_makes_its_group_run_again(project: Path) -> None:
    record(["one"])
    (project / "tests/one/test_more.py").write_text("")
    assert not has_passed("one")


@pytest.mark.parametrize(
    ("outcomes", "recorded"), [("passed", True), ("skipped", False), ("failed", False), ("", False)]
)
def test_a_group_is_recorded_when_all_its_tests_ran_and_passed(
    project: Path, monkeypatch: pytest.MonkeyPatch, outcomes: str, recorded: bool
) -> None:
    monkeypatch.setattr("tests.plugin.GROUPS", groups.GROUPS)
    recorder = Recorder(_config())
    for outcome in outcomes.split():
        recorder.pytest_runtest_logreport(_report("tests/one/test_it.py::test_a", outcome))
    recorder.pytest_sessionfinish()
    assert has_passed("one") is recorded


def test_a_selection_of_tests_records_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.plugin.GROUPS", groups.GROUPS)
    recorder = Recorder(_config("not slow"))
    recorder.pytest_runtest_logreport(_report("tests/one/test_it.py::test_a", "passed"))
    recorder.pytest_sessionfinish()
    assert not has_passed("one")


def test_what_needs_the_train_extra_is_in_the_group_that_installs_it() -> None:
    marked = [path for path in groups._tracked(("tests",)) if "mark.train" in (groups.PROJECT / path).read_text()]
    assert {group_of(path) for path in marked if path != "tests/test_groups.py"} == {"training"}


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_depends_on_what_it_tests(name: str) -> None:
    expected = {"training": "models/training/trainer.py", "installer": "tools/install.py"}
    assert expected.get(name, "stack/x_emulator/service.py") in group_files(name)


def _config(markers: str = "") -> Any:
    return SimpleNamespace(option=SimpleNamespace(markexpr=markers, keyword=""))


def _report(node: str, outcome: str) -> Any:
    return SimpleNamespace(nodeid=node, passed=outcome == "passed")
