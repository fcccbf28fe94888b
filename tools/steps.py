"""A long step of set-up: run it, show its progress, and explain its failure in one sentence."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from runtime.errors import CheckFailed, JobError, MissingPrerequisite, ServiceUnavailable

DISK_FULL = ("No space left on device", "Errno 28", "Disk quota exceeded", "Errno 122", "File too large", "Errno 27")
WRONG_HASH = ("DO NOT MATCH THE HASHES",)
NO_VENV = ("ensurepip is not available",)
NO_NETWORK = (
    "NewConnectionError",
    "ConnectTimeout",
    "ReadTimeout",
    "ProxyError",
    "SSLError",
    "Connection aborted",
    "Connection refused",
    "Connection reset",
    "IncompleteRead",
    "Network is unreachable",
    "name resolution",
    "Name or service not known",
    "UnknownHost",
    "NoRouteToHost",
    "ConnectException",
    "SocketTimeout",
    "SSLHandshake",
    "Server access",
)
FULL_BELOW_BYTES = 4_000_000
SECONDS_BETWEEN_LINES = 15.0


def run_step(
    title: str,
    command: Sequence[str],
    log: Path,
    progress: Callable[[str], str],
    lock: int,
    environment: dict[str, str] | None = None,
) -> None:
    """Run `command` with its output in `log`, showing `progress(output so far)`. Raises the cause of a failure.

    The child inherits the descriptor `lock`: if only set-up is killed, the lock is released when the child ends.
    """
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, pass_fds=(lock,), env=environment
        )
    ticker = _Ticker(title)
    try:
        while process.returncode is None:
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                ticker.show(progress(_text(log)))
    finally:
        if process.returncode is None:
            process.terminate()
            process.wait()
        ticker.close(process.returncode)
    if process.returncode != 0:
        raise explain(title, _text(log), log)


def explain(title: str, output: str, log: Path) -> JobError:
    """Return the error that explains why a step with this `output` failed and how to repair it."""

    def contains(words: Sequence[str]) -> bool:
        return any(word in output for word in words)

    # On a full disk the step's own message may not have reached the log.
    if contains(DISK_FULL) or shutil.disk_usage(log.parent).free < FULL_BELOW_BYTES:
        return disk_full(log)
    if contains(WRONG_HASH):
        return CheckFailed(f"{title}: a download does not match the lock file; run it again, or see {log}")
    if contains(NO_VENV):
        return MissingPrerequisite("Python's venv module is incomplete: install it (Debian: python3.11-venv)")
    if contains(NO_NETWORK):
        return ServiceUnavailable(f"{title}: the server did not answer: check the network or proxy and run it again")
    lines = [line.strip() for line in output.splitlines() if "error" in line.lower()] or ["no message"]
    return JobError(f"{title} failed: {lines[0][:200]} (full output in {log})")


def disk_full(place: Path) -> MissingPrerequisite:
    """Return the error for a full file system."""
    return MissingPrerequisite(f"the disk is full (writing near {place}): free about 4 GB and run it again")


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


class _Ticker:
    """Shows progress: one line that is rewritten on a terminal, otherwise a line every 15 seconds."""

    def __init__(self, title: str) -> None:
        self.title, self.started, self.shown = title, time.monotonic(), 0.0
        self.terminal = sys.stderr.isatty()

    def show(self, text: str) -> None:
        elapsed = time.monotonic() - self.started
        if self.terminal:
            print(f"\r{self.title}: {text} ({elapsed:.0f} s)\x1b[K", end="", file=sys.stderr, flush=True)
        elif elapsed - self.shown >= SECONDS_BETWEEN_LINES:
            print(f"{self.title}: {text} ({elapsed:.0f} s)", file=sys.stderr, flush=True)
            self.shown = elapsed

    def close(self, code: int | None) -> None:
        start = "\r" if self.terminal else ""
        end = "\x1b[K" if self.terminal else ""
        outcome = "done" if code == 0 else "failed"
        elapsed = time.monotonic() - self.started
        print(f"{start}{self.title}: {outcome} in {elapsed:.0f} s{end}", file=sys.stderr, flush=True)
