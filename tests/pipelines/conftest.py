"""A broker and a store for the tests of this folder that kill the broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import stack


@pytest.fixture(scope="session")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of that stack; a test starts what the last one killed."""
    home = tmp_path_factory.mktemp("mortal-stack").resolve()
    yield home
    stack.stop(home)
