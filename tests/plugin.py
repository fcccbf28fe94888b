"""What this project adds to pytest: which tests share a worker, and which groups are skipped or recorded."""

import pytest

from tests.groups import GROUPS, group_of, has_passed, record, test_files


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--skip-passed", action="store_true", help="skip the groups of tests/groups.py that have passed")
    parser.addoption("--record-passed", action="store_true", help="record the groups of which every test passes")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--record-passed") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config), "recorder")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Name what is skipped, so that nobody takes it for tested."""
    return [f"skipped, has passed with the same files: {name}" for name in sorted(_skipped(config))]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the groups that have passed; tests that share a Spark session or a broker get the same worker."""
    skipped = _skipped(config)
    config.hook.pytest_deselected(items=[item for item in items if group_of(_path(item.nodeid)) in skipped])
    items[:] = [item for item in items if group_of(_path(item.nodeid)) not in skipped]
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_worker(item)))


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


def _skipped(config: pytest.Config) -> set[str]:
    return {name for name in GROUPS if has_passed(name)} if config.getoption("--skip-passed") else set()


def _path(node: str) -> str:
    return node.split("::", maxsplit=1)[0]


def _worker(item: pytest.Item) -> str:
    needs = getattr(item, "fixturenames", [])
    return "spark" if "spark" in needs else "services" if "stack_endpoints" in needs else item.nodeid
