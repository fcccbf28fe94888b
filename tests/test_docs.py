"""The documentation is true: its commands parse, `run` blocks run, links lead somewhere, its map is the tree."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.resources import PROJECT
from tests.commands import blocks, commands, faults

README = PROJECT / "README.md"
ROOT_PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
PAGES = sorted([*(PROJECT / name for name in ROOT_PAGES), *(PROJECT / "docs").rglob("*.md")])
RUN_BLOCKS = [(page, code) for page in PAGES for code in blocks(page.read_text("utf-8"), "bash run")]
FILE = re.compile(r"`((?:jobs|conf|generator|tests|pipelines|models|tools|benchmarks|docs|runtime|stack)/[\w./-]+\w)`")


def name_of(value: object) -> str | None:
    return str(value.relative_to(PROJECT)) if isinstance(value, Path) else None


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=name_of)
def test_every_command_is_parsed_by_its_own_arguments(page: Path) -> None:
    found = [(command, wrong) for command in commands(page.read_text("utf-8")) if (wrong := faults(command))]
    assert found == []


def test_the_commands_of_the_pages_are_found() -> None:
    found = [command for page in PAGES for command in commands(page.read_text("utf-8"))]
    assert ["make", "demo"] in found
    assert ["make", "test"] in found
    assert [".venv/bin/python", "-m", "stack", "env"] in found, "in a substitution"
    assert any(command[-1] == "--once" and "jobs/stream_tweets.py" in command for command in found), "over lines"
    assert sum("-m" in command for command in found) > 50


@pytest.mark.parametrize(
    "code",
    [
        "make nowhere",
        "python -m benchmarks.nothing",
        ".venv/bin/python jobs/no_job.py",
        ".venv/bin/python -m jobs.stream_tweets --rate 5",
        'eval "$(.venv/bin/python -m stack enf)"',
        "export A=b; .venv/bin/python -m generator --scenario x",
        ".venv/bin/spark-submit --master 'local[2]' jobs/stream_tweets.py --twice",
        "stream_tweets --source bronze --from yesterday",
        ".venv/bin/python -m serving create_token ann --forever",
        ".venv/bin/python -m serving make_coffee ann",
    ],
)
def test_a_wrong_command_is_seen(code: str) -> None:
    assert [command for command in commands(f"```bash\n{code}\n```\n") if faults(command)]
    assert [command for command in commands(f"```bash run\n{code}\n```\n") if faults(command)]


@pytest.mark.parametrize(("page", "code"), RUN_BLOCKS, ids=name_of)
def test_a_block_marked_run_runs(page: Path, code: str) -> None:
    script = code.replace(".venv/bin/python", sys.executable)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_page_and_a_heading(page: Path) -> None:
    assert [link for link in links(page.read_text("utf-8")) if not leads_somewhere(page, link)] == []


def test_a_dead_link_is_seen() -> None:
    assert not leads_somewhere(README, "docs/nowhere.md")
    assert not leads_somewhere(README, "docs/benchmarks.md#nowhere")
    assert links("[one](a.md) and [another](https://example.org/b)") == ["a.md"]


def links(page: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", page) if not link.startswith("http")]


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors(target.read_text("utf-8")))


def anchors(page: str) -> set[str]:
    """Anchors of a page's headings, as the repository's host makes them."""
    headings = re.findall(r"^#+ (.*)$", page, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_is_named_exists(page: Path) -> None:
    assert [name for name in FILE.findall(page.read_text("utf-8")) if not (PROJECT / name).exists()] == []


def test_the_readme_is_short() -> None:
    text = README.read_text("utf-8")
    assert len(text.encode()) <= 10_000
    assert len(text.splitlines()) <= 160


def test_every_page_is_reachable_from_the_readme() -> None:
    reached, found = set[Path](), {README}
    while found - reached:
        page = (found - reached).pop()
        reached.add(page)
        targets = [(page.parent / link.partition("#")[0]).resolve() for link in links(page.read_text("utf-8"))]
        found |= {each for each in targets if each.suffix == ".md"}
        found |= {each for folder in targets if folder.is_dir() for each in folder.glob("*.md")}
    assert [name_of(page) for page in PAGES if page not in reached] == []


def test_the_map_names_every_folder_with_code() -> None:
    page = (PROJECT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    tracked = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in tracked.splitlines() if "/" in line and not line.startswith(".")}
    assert [folder for folder in sorted(folders) if f"`{folder}/" not in page] == []
