"""The supervisor of the live system: the stack, the stream and the timers, each restarted when it ends.

Each Task is one process. A process that ends is restarted after 1 s, then 2 s, 4 s ... up to 60 s, and after 1 s again
once it has run for a minute. SIGTERM or Ctrl-C ends the processes, then the stack.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from tenacity import RetryCallState, Retrying, wait_exponential

from conf.settings import Settings
from runtime.errors import JobError
from runtime.file_lock import hold_lock
from stack import lifecycle
from stack.local_keys import child_environment
from stack.processes import end, spawn

MAX_DELAY, RESET_AFTER = 60.0, 60.0
DELAY = wait_exponential(multiplier=1.0, max=MAX_DELAY)
"""Seconds before a restart, after each failure in a row."""
TICK_SECONDS = 0.2
STACK_CHECK_SECONDS = 2.0
STOP_SECONDS = 60.0
SUPERVISED = "BRANDPULSE_SUPERVISED_BY"
"""Set in every child, so that the next supervisor after a killed one finds the processes that it left behind."""
logger = logging.getLogger("brandpulse.run")


@dataclass(frozen=True)
class Task:
    """A process to run: always, `once` before the tasks that follow, or every `every_seconds`."""

    name: str
    command: tuple[str, ...]
    once: bool = False
    every_seconds: float | None = None


def live_tasks(settings: Settings) -> tuple[Task, ...]:
    """The processes of the live system. Compliance is collected only with a bearer token."""
    timing, has_token = settings.run, settings.secrets.x_bearer_token is not None
    compliance = (Task("collect_compliance", job_command("collect_compliance", "--source", "jobs")),)
    collecting = (
        Task("collect_tweets", job_command("collect_tweets", "--source", "stream")),
        Task(
            "load_collector_state",
            job_command("load_collector_state"),
            every_seconds=timing.load_collector_state_minutes * 60,
        ),
        # Last, since a `once` delays what follows: the collector starts with the rules that X already has.
        Task("sync_rules", job_command("sync_rules"), once=True),
    )
    return (
        Task("import_annotator", job_command("import_annotator"), once=True),
        Task("stream_tweets", job_command("stream_tweets")),
        Task("publish_live", job_command("publish_live")),
        Task("raise_alerts", job_command("raise_alerts")),
        Task("serve_dashboard", job_command("serve_dashboard")),
        Task("dispatch_tickets", job_command("dispatch_tickets")),
        Task("refresh_insights", job_command("refresh_insights"), every_seconds=timing.refresh_minutes * 60),
        Task("rank_influencers", job_command("rank_influencers"), every_seconds=timing.influence_minutes * 60),
        Task("measure_drift", job_command("measure_drift"), every_seconds=timing.drift_minutes * 60),
        Task("compact_lake", job_command("compact_lake"), every_seconds=timing.compact_minutes * 60),
        Task("identify_authors", job_command("identify_authors"), every_seconds=timing.identify_minutes * 60),
        Task("archive_desk", job_command("archive_desk"), every_seconds=timing.archive_minutes * 60),
        Task("expire_rows", job_command("expire_rows"), every_seconds=timing.expire_minutes * 60),
        Task("erase_tweets", job_command("erase_tweets"), every_seconds=timing.erase_minutes * 60),
        *(compliance if has_token else ()),
        *(collecting if timing.collect_stream else ()),
    )


class Backoff:
    """The waits between restarts of one process."""

    def __init__(self) -> None:
        self._failures = RetryCallState(Retrying(), None, (), {})

    def after(self, run_seconds: float) -> float:
        """Return the delay after a run: it doubles up to MAX_DELAY; a run of RESET_AFTER seconds resets it."""
        if run_seconds >= RESET_AFTER:
            self._failures.attempt_number = 1
        delay = DELAY(self._failures)
        self._failures.attempt_number += 1
        return delay


class Child:
    """A task at run time; times are in seconds of the monotonic clock."""

    def __init__(self, task: Task, home: Path, now: float) -> None:
        self.task = task
        self.is_done = False
        self.process: subprocess.Popen[bytes] | None = None
        self._home = home
        self._due = now + (task.every_seconds or 0)
        self._since = 0.0
        self._backoff = Backoff()

    def tick(self, now: float) -> None:
        """Start the task when it is due; handle its end."""
        if self.process is None and not self.is_done and now >= self._due:
            environment = child_environment(self._home) | {SUPERVISED: str(self._home)}
            log = self._home / "logs" / f"{self.task.name}.log"
            self.process, self._since = spawn(list(self.task.command), log, environment), now
            logger.info("%s started, pid %d, log %s", self.task.name, self.process.pid, log)
        elif self.process is not None and self.process.poll() is not None:
            self._handle_end(self.process, now)

    def _handle_end(self, process: subprocess.Popen[bytes], now: float) -> None:
        self.process = None
        kill_group(process.pid)
        seconds, task = now - self._since, self.task
        if process.returncode == 0 and task.once:
            self.is_done = True
            logger.info("%s done in %.0f s", task.name, seconds)
        elif process.returncode == 0 and task.every_seconds:
            self._due = max(now, self._since + task.every_seconds)
            logger.info("%s done in %.0f s, next run in %.0f s", task.name, seconds, self._due - now)
        else:
            delay = self._backoff.after(seconds)
            self._due = now + delay
            how = f"exit code {process.returncode}" if process.returncode >= 0 else f"signal {-process.returncode}"
            logger.warning("%s ended after %.0f s with %s, restart in %.0f s", task.name, seconds, how, delay)


class Stack:
    """The embedded stack: checked every two seconds, repaired when a service has ended."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self._home, self._settings = home, settings
        self._is_used = "embedded" in (settings.kafka.bootstrap_servers, settings.mongodb.uri)
        self._due, self._since, self._backoff = 0.0, 0.0, Backoff()

    def tick(self, now: float) -> bool:
        """Return True if the stack runs, or if real servers are used instead."""
        if not self._is_used:
            return True
        if now < self._due:
            return self._since > 0
        missing = lifecycle.missing(self._home)
        if missing or not self._since:
            return self._repair(missing, now)
        self._due = now + STACK_CHECK_SECONDS
        return True

    def _repair(self, missing: list[str], now: float) -> bool:
        if self._since:
            logger.warning("%s ended, restarting", " and ".join(missing))
        try:
            endpoints = lifecycle.start(self._home, self._settings)
        except JobError as error:
            delay = self._backoff.after(now - self._since if self._since else 0)
            self._since, self._due = 0.0, time.monotonic() + delay
            logger.error("the stack did not start, next attempt in %.0f s: %s", delay, error)
            return False
        self._since = time.monotonic()
        self._due = self._since + STACK_CHECK_SECONDS
        logger.info("stack started: kafka %s, mongodb %s", endpoints.kafka, endpoints.mongodb)
        return True

    def stop(self) -> None:
        if self._is_used:
            logger.info("stopped %s", " and ".join(lifecycle.stop(self._home)) or "no service: none was running")


def run(home: Path, settings: Settings) -> int:
    """Run the live system until SIGTERM or Ctrl-C; return 0."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    supervise(home, settings, live_tasks(settings), stop)
    return 0


def supervise(home: Path, settings: Settings, tasks: tuple[Task, ...], stop: threading.Event) -> None:
    """Run the tasks and the stack until `stop` is set. Raises TableLocked if another supervisor already does."""
    with _only_one(home):
        end_left_behind(home)
        stack = Stack(home, settings)
        children = [Child(task, home, time.monotonic()) for task in tasks]
        try:
            while not stop.wait(TICK_SECONDS):
                if stack.tick(time.monotonic()):
                    _tick(children)
        finally:
            logger.info("stopping")
            _end([child.process.pid for child in children if child.process])
            stack.stop()


def kill_group(leader: int) -> None:
    """End what is left of a process's group: a killed Spark driver leaves its JVM behind."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _tick(children: list[Child]) -> None:
    for child in children:
        child.tick(time.monotonic())
        if child.task.once and not child.is_done:
            return


def _end(leaders: list[int]) -> None:
    end([psutil.Process(pid) for pid in leaders if psutil.pid_exists(pid)], STOP_SECONDS)
    for pid in leaders:
        kill_group(pid)


def end_left_behind(home: Path) -> None:
    """End the processes that a killed supervisor of this home left behind: session leaders first, then their groups."""
    left = [
        each for each in psutil.process_iter(["environ"]) if (each.info["environ"] or {}).get(SUPERVISED) == str(home)
    ]
    groups = sorted({os.getpgid(each.pid) for each in left if each.is_running() and each.pid != os.getpid()})
    if groups:
        logger.warning("ending %d processes left behind by an earlier supervisor", len(groups))
        _end(groups)


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    with hold_lock(
        home / "run.lock", lambda holder: f"the live system of {home} is already supervised by another process"
    ):
        yield


def job_command(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"jobs.{name}", *arguments)
