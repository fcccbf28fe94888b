"""One small world, generated once for all tests of the generator."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator import Line, World, generate, load_world, write_world

SCENARIOS = Path(__file__).parents[2] / "generator" / "scenarios"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def small_world() -> World:
    return load_world(SCENARIOS / "small.yaml")


@pytest.fixture(scope="session")
def small_lines(small_world: World) -> list[Line]:
    return list(generate(small_world))


@pytest.fixture(scope="session")
def small_folder(small_world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world")
    write_world(small_world, out)
    return out


@pytest.fixture(scope="session")
def read_truth(small_folder: Path) -> Callable[[str], Rows]:
    def read(table: str) -> Rows:
        with gzip.open(small_folder / "truth" / f"{table}.jsonl.gz", "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    return read
