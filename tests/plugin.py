"""What this project adds to pytest: which tests share a worker and come first, which groups are skipped or recorded."""

import pytest

from tests.groups import GROUPS, group_of, has_passed, record, test_files

SKIPPED = pytest.StashKey[frozenset[str]]()
HEAVY = ("end_to_end", "spark", "stack_endpoints", "stack")
"""Folders and fixtures whose tests take longest, the longest first."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--skip-passed", action="store_true", help="skip the groups of tests/groups.py that have passed")
    parser.addoption("--record-passed", action="store_true", help="record the groups of which every test passes")


def pytest_configure(config: pytest.Config) -> None:
    skips = config.getoption("--skip-passed")
    passed = frozenset(name for name in GROUPS if skips and has_passed(name))
    config.stash[SKIPPED] = passed
    if config.getoption("--record-passed") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config), "recorder")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Name what is skipped, so that nobody takes it for tested."""
    skipped = config.stash[SKIPPED]
    return [f"skipped, has passed with the same files: {name}" for name in sorted(skipped)]


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the marks in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the groups that have passed; with several workers each file with Spark or services goes to one of them.

    What takes longest comes first: a long file that is begun last keeps one worker busy while the others wait.
    """
    skipped = config.stash[SKIPPED]
    config.hook.pytest_deselected(items=[item for item in items if group_of(_path(item.nodeid)) in skipped])
    items[:] = [item for item in items if group_of(_path(item.nodeid)) not in skipped]
    places: dict[str, int] = {}
    for item in items:
        path = _path(item.nodeid)
        places[path] = min(_place(item), places.get(path, len(HEAVY)))
    items.sort(key=lambda item: places[_path(item.nodeid)])
    for item in items:
        path = _path(item.nodeid)
        item.add_marker(pytest.mark.xdist_group(path if places[path] < len(HEAVY) else item.nodeid))


class Recorder:
    """Records the groups of which every test ran and passed."""

    def __init__(self, config: pytest.Config) -> None:
        self._selected = bool(config.option.markexpr or config.option.keyword)
        self._ran: set[str] = set()
        self._not_passed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._ran.add(_path(report.nodeid))
        if not report.passed:
            self._not_passed.add(_path(report.nodeid))

    def pytest_sessionfinish(self) -> None:
        if not self._selected:
            record(name for name in GROUPS if test_files(name) <= self._ran - self._not_passed)


def _path(node: str) -> str:
    return node.split("::", maxsplit=1)[0]


def _place(item: pytest.Item) -> int:
    """The item's place among HEAVY, by where it is and by the fixtures that it needs."""
    about = {item.nodeid.split("/")[1], *getattr(item, "fixturenames", [])}
    return next((place for place, each in enumerate(HEAVY) if each in about), len(HEAVY))
