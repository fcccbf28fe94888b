"""The demo: the main job from end to end on the embedded stack; each step is the job that production runs.

It uses the folder .demo (overlay conf/demo.yaml) and starts empty each time, except for the imported annotators. The
tweets are generated and collected while the annotators are imported; the jobs on Spark run in one process. In a
terminal the dashboard is served meanwhile, and afterwards until Ctrl-C, unless DEMO=once.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from conf.settings import Settings, load_settings
from runtime.errors import BadInput, CheckFailed, UsageError
from runtime.resources import PROJECT
from stack import lifecycle
from stack.demo_pages import Pages
from stack.demo_worker import prepare, run_here, start_session
from stack.local_keys import child_environment

HOME = (PROJECT / ".demo").resolve()
SCENARIO = "generator/scenarios/demo.yaml"
POLL_SECONDS = 0.25
WIDTH = 52
Count = Callable[[], tuple[int, int]]
"""Returns (done, total); the total is 0 while it is not known."""
console = Console()


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
    (settings.home / "logs").mkdir(parents=True)
    environment = child_environment(settings.stack_home) | {"PYTHONPATH": str(PROJECT)} | _screen()
    pages = Pages(settings, environment) if stays_up() else None
    try:
        report = run_steps(settings, source, environment, pages)
        console.file.write(f"\n{report}")
        took = f"The demo took {time.monotonic() - started:.0f} s. Where to look next:"
        console.print(f"\n{took}\n{next_steps(settings)}", highlight=False, soft_wrap=True)
        if pages:
            console.print("\nThe dashboard is up until you press Ctrl-C.", highlight=False)
            pages.start_desk()
            pages.wait()
    finally:
        if pages:
            pages.stop()
        lifecycle.stop(settings.stack_home)


def stays_up() -> bool:
    """Whether the dashboard is served: there is a terminal to end it from, and DEMO=once does not forbid it."""
    return console.is_terminal and os.environ.get("DEMO") != "once"


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


def run_steps(settings: Settings, archive: Path | None, environment: dict[str, str], pages: Pages | None) -> str:
    """Run the steps, side by side where one does not need the other; return the report."""
    worker = ProcessPoolExecutor(1, get_context("spawn"), prepare, (environment,))
    with worker, ThreadPoolExecutor() as beside, _progress() as bars:
        steps = Steps(settings, environment, worker, bars)
        stack = beside.submit(steps.start_stack)
        shown = beside.submit(steps.show_pages, pages, stack)
        collected = beside.submit(steps.collect, archive, stack)
        steps.import_annotators()
        collected.result()
        shown.result()
        steps.run_job("Score the tweets, write them to Delta", "stream_tweets", "--once", count=steps.streamed)
        desk = beside.submit(steps.run_beside, "Take the complaints in as tickets", "dispatch_tickets")
        steps.run_job("Compute profiles and segments, publish to MongoDB", "refresh_insights")
        alerts = beside.submit(steps.run_beside, "Look for what is unusual", "raise_alerts")
        steps.run_job("Build cascades, rank influencers", "rank_influencers")
        steps.run_job("Look up their public names", "identify_authors")
        steps.run_job("Publish the influencers with their names", "rank_influencers")
        desk.result()
        alerts.result()
        steps.run_job("Check that every input object is accounted for", "check_reconciliation")
        return steps.run_job("Draw the charts", "report_insights")


class Steps:
    """The steps of one demo. Each shows a progress bar while it runs and a line when it is done, and has its own log.

    A step raises CheckFailed with the last line of its log if it fails.
    """

    def __init__(
        self, settings: Settings, environment: dict[str, str], worker: ProcessPoolExecutor, bars: Progress
    ) -> None:
        self._settings, self._environment, self._worker, self._bars = settings, environment, worker, bars

    def start_stack(self) -> None:
        with self._shown("Start the broker and the document store"):
            lifecycle.start(self._settings.stack_home)

    def show_pages(self, pages: Pages | None, stack: Future[None]) -> None:
        """Serve the dashboard as soon as the stack runs, and print the link to it."""
        stack.result()
        if pages:
            with self._shown("Start the dashboard"):
                link = pages.start()
            self._bars.console.print(f"  open it (the link signs in once): {link}", highlight=False, soft_wrap=True)

    def collect(self, archive: Path | None, stack: Future[None]) -> None:
        """Collect the archive, or generated tweets, as soon as the stack runs."""
        source = archive or self._settings.home / "input" / "tweets.jsonl.gz"
        if archive is None:
            now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
            generate = ("-m", "generator", "--scenario", SCENARIO, "--out", str(source.parent), "--ends-at", str(now))
            self._run_process("Generate tweets of four brands", "generator", *generate)
        stack.result()
        collect = ("-m", "jobs.collect_tweets", "--env", "demo", "--source", "archive", "--input", str(source))
        self._run_process("Collect the tweets into Kafka", "collect_tweets", *collect)

    def run_beside(self, title: str, name: str) -> None:
        """Run a job that needs no Spark in a process of its own, beside the next step."""
        self._run_process(title, name, "-m", f"jobs.{name}", "--env", "demo", "--once")

    def import_annotators(self) -> None:
        """Import them unless an earlier demo did; start the JVM that the later jobs use."""
        self.run_job("Import the annotators into Spark NLP", "import_annotator")
        with self._shown("Start Spark"):
            self._worker.submit(start_session, self._log("spark")).result()

    def run_job(self, title: str, name: str, *arguments: str, count: Count = lambda: (0, 0)) -> str:
        """Run a job in the worker's process; return what it printed."""
        log = self._log(name)
        with self._shown(title) as bar:
            job = self._worker.submit(run_here, name, arguments, log)
            while wait([job], POLL_SECONDS).not_done:
                done, total = count()
                self._bars.update(bar, completed=done, total=total or None, note=f"{done:,} of {total:,}" * bool(total))
            try:
                code, printed = job.result()
            except BrokenProcessPool:
                raise CheckFailed(f"{title} failed: its process was killed ({log})") from None
            _check(title, code, log)
        return printed

    def streamed(self) -> tuple[int, int]:
        """(records annotated, records that the collector sent) so far."""
        sent = 0
        for file in (self._settings.home / "positions").glob("*.json"):
            ledger = json.loads(file.read_text("utf-8"))
            sent += ledger["tweets"] + ledger["malformed"]
        log = self._settings.home / "logs" / "stream_progress.jsonl"
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        batches = [json.loads(line) for line in lines if line.endswith("}")]
        return min(sent, sum(batch["rows"] for batch in batches if batch["query"] == "annotate_tweets")), sent

    def _run_process(self, title: str, name: str, *arguments: str) -> None:
        log, command = self._log(name), (sys.executable, *arguments)
        with self._shown(title), log.open("wb") as out:
            ended = subprocess.run(
                command,
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                check=False,
            )
            _check(title, ended.returncode, log)

    @contextmanager
    def _shown(self, title: str) -> Iterator[TaskID]:
        started, bar = time.monotonic(), self._bars.add_task(title, total=None, note="")
        try:
            yield bar
        finally:
            self._bars.remove_task(bar)
        self._bars.console.print(f"{title:<{WIDTH}}{time.monotonic() - started:5.0f} s", highlight=False)

    def _log(self, name: str) -> Path:
        return self._settings.home / "logs" / f"{name}.log"


def next_steps(settings: Settings) -> str:
    """Where to look after the demo; paths as seen from the project's folder."""
    home = settings.home.relative_to(PROJECT) if settings.home.is_relative_to(PROJECT) else settings.home
    table = f"DeltaTable('{home}/lake/gold/segments').to_pandas()"
    return (
        f"  charts   {home}/reports/*.png\n"
        f'  a table  .venv/bin/python -c "from deltalake import DeltaTable; print({table})"\n'
        f'  pages    docs/guides/operate-dashboard.md, "On the demo\'s data"\n'
        f"  jobs     .venv/bin/python -m jobs\n"
        f"  logs     {home}/logs"
    )


def _check(title: str, code: int, log: Path) -> None:
    if code:
        lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
        raise CheckFailed(f"{title} failed with exit code {code}: {lines[-1] if lines else 'no output'} ({log})")


def _progress() -> Progress:
    columns = (
        TextColumn(f"{{task.description:<{WIDTH}}}"),
        TimeElapsedColumn(),
        BarColumn(24),
        TextColumn("{task.fields[note]}"),
    )
    return Progress(*columns, console=console, transient=True)


def _screen() -> dict[str, str]:
    """What a job's output looks like: as wide as this screen, in colours if it has them."""
    return {"COLUMNS": str(console.width)} | ({"FORCE_COLOR": "1"} if console.is_terminal else {})
