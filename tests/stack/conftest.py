"""A stack for this folder alone, because its tests kill it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import stack
from conf.settings import Settings, load_settings
from stack.lifecycle import SERVICES
from stack.processes import find, mark, wait_until

Documents = dict[str, Any]


@pytest.fixture(scope="session")
def stack_settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="session")
def own_home(tmp_path_factory: pytest.TempPathFactory, stack_settings: Settings) -> Iterator[Path]:
    if not any((stack_settings.jars / "kafka").glob("*.jar")):
        pytest.skip(f"no jars in {stack_settings.jars}: run `make setup`")
    home = tmp_path_factory.mktemp("own-stack").resolve()
    yield home
    stack.stop(home)


@pytest.fixture
def own_stack(own_home: Path, stack_settings: Settings) -> stack.Endpoints:
    """The running stack, started again if the previous test stopped it."""
    return stack.start(own_home, stack_settings)


@pytest.fixture
def kill(own_home: Path) -> Callable[[str], None]:
    """kill -9 of one service by its name; returns when the process has ended."""

    def kill_service(name: str) -> None:
        process = find(mark(own_home, name))
        assert process is not None, f"{name} does not run"
        process.kill()
        assert wait_until(lambda: find(mark(own_home, name)) is None, 10)

    return kill_service


def marked_processes(home: Path) -> list[psutil.Process]:
    found = (find(mark(home, service.name)) for service in SERVICES)
    return [process for process in found if process]
