"""The README is true: its commands exist, its table is what the result files say, its map is the tree."""

import re
import subprocess

import pytest

from benchmarks.results_table import embed, render
from runtime.resources import PROJECT

README = (PROJECT / "README.md").read_text("utf-8")
MAKEFILE = (PROJECT / "Makefile").read_text("utf-8")


def commands() -> list[str]:
    """Every command of the README's code blocks and inline code."""
    blocks = re.findall(r"```(?:bash|sh)\n(.*?)```", README, re.S)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines + re.findall(r"`([^`\n]+)`", README) if line]


def missing(command: str) -> list[str]:
    """What a command names that is not there: make targets, modules, jobs and files."""
    absent = [
        f"make {name}"
        for name in re.findall(r"\bmake ([a-z-]+)", command)
        if not re.search(rf"^{name}:", MAKEFILE, re.M)
    ]
    modules = [name for name in re.findall(r"python(?:3\.11)? -m ([a-z_.]+)", command) if name not in ("venv", "pip")]
    absent += [name for name in modules if not _is_module(name)]
    return absent + [
        path
        for path in re.findall(r"\b((?:jobs|conf|generator)/[\w/]+\.\w+)", command)
        if not (PROJECT / path).exists()
    ]


def _is_module(name: str) -> bool:
    path = PROJECT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_every_command_of_the_readme_exists() -> None:
    found = commands()
    assert any(command.startswith("make demo") for command in found)
    assert any(command.startswith("make test") for command in found)
    assert [(command, absent) for command in found if (absent := missing(command))] == []


@pytest.mark.parametrize("command", ["make nowhere", "python -m benchmarks.nothing", ".venv/bin/python jobs/no_job.py"])
def test_a_command_that_does_not_exist_is_seen(command: str) -> None:
    assert missing(command)


def test_the_results_table_is_what_the_result_files_say() -> None:
    assert embed(README) == README


def test_a_changed_figure_is_seen() -> None:
    assert embed(README.replace(render(), render().replace("0.", "9."))) == README
    assert README.replace(render(), "") != README


def test_the_map_names_every_folder_with_code() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in tracked.splitlines() if "/" in line and not line.startswith(".")}
    assert [folder for folder in sorted(folders) if f"{folder}/" not in README] == []
