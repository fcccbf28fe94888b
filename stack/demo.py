"""The demo: the main job from end to end on the embedded stack, each step the job that production runs.

It lives in .demo (overlay conf/demo.yaml) and starts from nothing each time, but for the imported annotator.
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
from runtime.errors import BadInput, CheckFailed
from runtime.resources import PROJECT
from stack import lifecycle
from stack.local_keys import child_environment

EMPTIED = ("lake", "checkpoints", "positions", "locks", "logs", "mlflow", "reports", "input")
SCENARIO = "generator/scenarios/demo.yaml"
console = Console()


@dataclass(frozen=True)
class Step:
    """One process of the demo; `done_of` tells how far it is, as (done, all), when that can be told."""

    title: str
    command: tuple[str, ...]
    done_of: Callable[[], tuple[int, int]] | None = None


def run(archive: str | None) -> None:
    """Run every step; CheckFailed names the log of the one that failed. `archive`: the user's own, or None."""
    settings = load_settings("demo")
    if archive and not Path(archive).exists():
        raise BadInput(f"INPUT={archive}: no such file or folder")
    started = time.monotonic()
    lifecycle.stop(settings.stack_home)
    _empty(settings)
    with _stack(settings):
        for step in steps(settings, archive):
            run_step(step, settings)
        subprocess.run(_job("report_insights"), env=_environment(settings), cwd=PROJECT, check=False)
    console.print(f"\nThe whole of it took {time.monotonic() - started:.0f} s.")


def steps(settings: Settings, archive: str | None) -> Iterator[Step]:
    """The main job, in order."""
    source = Path(archive).resolve() if archive else settings.home / "input" / "tweets.jsonl.gz"
    if not archive:
        yield Step(
            "Generate tweets of four brands", _module("generator", "--scenario", SCENARIO, "--out", str(source.parent))
        )
    yield Step("Import the annotator into Spark NLP", _job("import_annotator"))
    yield Step("Collect the tweets into Kafka", _job("collect_tweets", "--source", "archive", "--input", str(source)))
    yield Step("Annotate the stream into Delta", _job("stream_tweets", "--once"), lambda: _streamed(settings))
    yield Step("Compute profiles and segments, publish to MongoDB", _job("refresh_insights"))
    yield Step("Check that every input object is accounted for", _job("check_reconciliation"))


def run_step(step: Step, settings: Settings) -> None:
    """Run one step with a bar; its own words go to a log. CheckFailed when it fails, with its last line."""
    log = settings.home / "logs" / f"{step.command[1].split('/')[-1].removesuffix('.py')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    columns = (
        TextColumn("{task.description:<52}"),
        BarColumn(24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with log.open("wb") as out, Progress(*columns, console=console) as progress:
        bar = progress.add_task(step.title, total=None, note="")
        process = subprocess.Popen(
            step.command, cwd=PROJECT, env=_environment(settings), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        while process.poll() is None:
            done, total = step.done_of() if step.done_of else (0, 0)
            progress.update(bar, completed=done, total=total or None, note=f"{done:,} of {total:,}" if total else "")
            time.sleep(0.25)
        progress.update(bar, total=1, completed=1, note="" if process.returncode == 0 else "failed")
    if process.returncode:
        lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
        raise CheckFailed(
            f"{step.title}: exit code {process.returncode}, {lines[-1] if lines else 'no output'} ({log})"
        )


def _streamed(settings: Settings) -> tuple[int, int]:
    """Records annotated so far, of all that the collector sent."""
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


def _empty(settings: Settings) -> None:
    for name in EMPTIED:
        shutil.rmtree(settings.home / name, ignore_errors=True)
    for name in ("kafka", "mongo"):
        shutil.rmtree(settings.stack_home / name, ignore_errors=True)


@contextmanager
def _stack(settings: Settings) -> Iterator[None]:
    with console.status("Starting the broker and the document store"):
        lifecycle.start(settings.stack_home)
    try:
        yield
    finally:
        lifecycle.stop(settings.stack_home)
