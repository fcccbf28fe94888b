"""The demo: the main job from end to end on the embedded stack; each step is the job that production runs.

It uses the folder .demo (overlay conf/demo.yaml) and starts empty each time, except for the imported annotators.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from conf.settings import Settings, load_settings
from runtime.errors import BadInput, CheckFailed, UsageError
from runtime.resources import PROJECT
from stack import lifecycle
from stack.local_keys import child_environment

HOME = (PROJECT / ".demo").resolve()
SCENARIO = "generator/scenarios/demo.yaml"
console = Console()


@dataclass(frozen=True)
class Step:
    """One process of the demo; `progress` returns (done, total) if that is known."""

    title: str
    command: tuple[str, ...]
    progress: Callable[[], tuple[int, int]] | None = None


def run(archive: str | None) -> None:
    """Run every step; `archive` is the user's own, or None. Raises CheckFailed with the log of a step that failed."""
    settings = load_settings("demo")
    if not settings.home.is_relative_to(HOME):
        raise UsageError(f"the demo deletes everything in its home, so it must lie in {HOME}, not at {settings.home}")
    source = Path(archive).resolve() if archive else None
    if source and not source.exists():
        raise BadInput(f"INPUT={archive}: no such file or folder")
    started = time.monotonic()
    lifecycle.stop(settings.stack_home)
    lifecycle.delete_data(settings.stack_home)
    empty(settings.home, kept_paths(settings, source))
    with _stack(settings):
        for step in steps(settings, source):
            run_step(step, settings)
        subprocess.run(_job("report_insights"), env=_environment(settings), cwd=PROJECT, check=False)
    console.print(f"\nThe demo took {time.monotonic() - started:.0f} s.")


def kept_paths(settings: Settings, archive: Path | None) -> set[Path]:
    """What the demo does not delete: imported annotators, the stack's own files, and the user's archive."""
    return {Path(settings.annotators.pipelines).absolute(), settings.stack_home, *filter(None, [archive])}


def empty(folder: Path, kept: set[Path]) -> None:
    """Delete everything in the folder except the paths in `kept`, which may lie in subfolders."""
    for path in folder.iterdir() if folder.exists() else ():
        if path in kept:
            continue
        if any(each.is_relative_to(path) for each in kept):
            empty(path, kept)
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def steps(settings: Settings, archive: Path | None) -> Iterator[Step]:
    """The steps of the main job, in order; without an archive it collects generated tweets."""
    source = archive or settings.home / "input" / "tweets.jsonl.gz"
    if archive is None:
        yield Step(
            "Generate tweets of four brands", _module("generator", "--scenario", SCENARIO, "--out", str(source.parent))
        )
    yield Step("Import the annotator into Spark NLP", _job("import_annotator"))
    yield Step("Collect the tweets into Kafka", _job("collect_tweets", "--source", "archive", "--input", str(source)))
    yield Step("Annotate the stream into Delta", _job("stream_tweets", "--once"), lambda: _streamed(settings))
    yield Step("Compute profiles and segments, publish to MongoDB", _job("refresh_insights"))
    yield Step("Check that every input object is accounted for", _job("check_reconciliation"))


def run_step(step: Step, settings: Settings) -> None:
    """Run one step with a progress bar; its output goes to a log. Raises CheckFailed with the last line if it fails."""
    log = settings.home / "logs" / f"{step.command[1].split('/')[-1].removesuffix('.py')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    columns = (
        TextColumn("{task.description:<52}"),
        BarColumn(24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with log.open("wb") as out, Progress(*columns, console=console) as bars:
        bar = bars.add_task(step.title, total=None, note="")
        process = subprocess.Popen(
            step.command, cwd=PROJECT, env=_environment(settings), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        while process.poll() is None:
            done, total = step.progress() if step.progress else (0, 0)
            bars.update(bar, completed=done, total=total or None, note=f"{done:,} of {total:,}" if total else "")
            time.sleep(0.25)
        bars.update(bar, total=1, completed=1, note="" if process.returncode == 0 else "failed")
    if process.returncode:
        lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
        raise CheckFailed(
            f"{step.title} failed with exit code {process.returncode}: {lines[-1] if lines else 'no output'} ({log})"
        )


def _streamed(settings: Settings) -> tuple[int, int]:
    """(records annotated, records that the collector sent) so far."""
    sent = 0
    for file in (settings.home / "positions").glob("*.json"):
        ledger = json.loads(file.read_text("utf-8"))
        sent += ledger["tweets"] + ledger["malformed"]
    log = settings.home / "logs" / "stream_progress.jsonl"
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    batches = [json.loads(line) for line in lines if line.endswith("}")]
    return min(sent, sum(batch["rows"] for batch in batches if batch["query"] == "annotate_tweets")), sent


def _job(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, f"jobs/{name}.py", "--env", "demo", *arguments)


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)


def _environment(settings: Settings) -> dict[str, str]:
    return child_environment(settings.stack_home) | {"PYTHONPATH": str(PROJECT)}


@contextmanager
def _stack(settings: Settings) -> Iterator[None]:
    with console.status("Starting the broker and the document store"):
        lifecycle.start(settings.stack_home)
    try:
        yield
    finally:
        lifecycle.stop(settings.stack_home)
