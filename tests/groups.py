"""Groups of tests that are skipped while nothing that they depend on has changed since they last passed.

`make test-full` runs every group and records the hash of its files in tests/passed_groups.json; `make test` skips a
group whose hash is recorded there, and with training's tests the 6 GB of packages that only they need.
"""

import ast
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[1]
RECORD = PROJECT / "tests" / "passed_groups.json"


@dataclass(frozen=True)
class Group:
    """`tests`: folders and files with the group's tests; `inputs`: what these use without importing it."""

    tests: tuple[str, ...]
    inputs: tuple[str, ...]


EVERY = ("requirements.lock", "pyproject.toml")
GROUPS = {
    "training": Group(("tests/models/training",), ("models/pretrained", "requirements-train.lock", *EVERY)),
    "installer": Group(
        ("tests/tools/test_install.py",),
        (
            *("tools", "runtime", "setup.py", "Makefile", "conf/ivysettings.xml", "conf/jars.xml", "conf/jars.sha256"),
            *("requirements-build.lock", "requirements-train.lock", *EVERY),
        ),
    ),
    "emulator": Group(("tests/stack/x_emulator",), ("stack", "generator", "conf/brands", "conf/base.yaml", *EVERY)),
}


def group_of(path: str) -> str | None:
    """The group of a test file, given relative to the project."""
    for name, group in GROUPS.items():
        if any(path == place or path.startswith(f"{place}/") for place in group.tests):
            return name
    return None


def test_files(name: str) -> set[str]:
    """The files with the tests of a group."""
    return {path for path in _tracked(GROUPS[name].tests) if Path(path).name.startswith("test_")}


def group_files(name: str) -> set[str]:
    """The files that a group depends on: its tests, all that they import, and its `inputs`."""
    files, new = set(_tracked((*GROUPS[name].tests, *GROUPS[name].inputs))), set[str]()
    while files != new:
        new = set(files)
        files |= {path for each in new if each.endswith(".py") for path in _imported(each)}
    return files


def group_hash(name: str) -> str:
    """SHA-256 of the paths and contents of a group's files, as they are in the working tree."""
    files = sorted(group_files(name))
    blobs = subprocess.run(
        ["git", "hash-object", "--stdin-paths"],
        input="\n".join(files),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return hashlib.sha256("\n".join(map(" ".join, zip(blobs, files, strict=True))).encode()).hexdigest()


def has_passed(name: str) -> bool:
    """Whether the group has passed with its files as they are now."""
    recorded = _recorded().get(name) if (PROJECT / ".git").exists() else None
    return recorded is not None and recorded == group_hash(name)


def record(names: Iterable[str]) -> None:
    """Record that the groups have passed with their files as they are now."""
    recorded = _recorded() | {name: group_hash(name) for name in names}
    RECORD.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n", "utf-8")


def imported_names(tree: ast.Module) -> Iterator[str]:
    """Everything that a module imports, as `pipelines.sinks.lake`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _recorded() -> dict[str, str]:
    return dict(json.loads(RECORD.read_text("utf-8"))) if RECORD.exists() else {}


def _tracked(places: tuple[str, ...]) -> list[str]:
    """Tracked files at or below the places, and new ones that git does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *places]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for path in listed if (PROJECT / path).is_file()]


@cache
def _imported(path: str) -> frozenset[str]:
    """The project's files that a file imports, their packages included."""
    tree = ast.parse((PROJECT / path).read_text("utf-8"))
    return frozenset(found for name in imported_names(tree) for found in _files(name))


def _files(name: str) -> Iterator[str]:
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        place = "/".join(parts[:end])
        yield from (path for path in (f"{place}.py", f"{place}/__init__.py") if (PROJECT / path).is_file())


if __name__ == "__main__":
    sys.exit(0 if has_passed(sys.argv[1]) else 1)
