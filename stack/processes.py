"""Child processes that outlive the command that started them.

Each process has a mark on its command line (`-Dbrandpulse.stack=<home>:<name>`) and is found only by that mark: a pid
that the system has since given to another program is never touched, and a process that was started but not yet recorded
is not lost.
"""

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from runtime.errors import MissingPrerequisite

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_000)
"""Below the range for outgoing connections, so that a recorded port stays free for its service."""
LOG_BYTES = 16 << 20
LOG_OPTIONS = ("defaultLogLevel=warn", "showDateTime=true", "dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
_started: dict[int, subprocess.Popen[bytes]] = {}


def mark(home: Path, name: str) -> str:
    return f"-Dbrandpulse.stack={home}:{name}"


def find(wanted: str) -> psutil.Process | None:
    """Return the running process with the mark; one that has ended but is not yet reaped does not count."""
    for process in psutil.process_iter(["cmdline"]):
        if wanted in (process.info["cmdline"] or ()):
            return process
    return None


def java(jars: Path) -> list[str]:
    """Return the start of a Java command: the JVM, and a folder of jars as classpath.

    Raises MissingPrerequisite if there is no JVM, or if the folder contains no jars.
    """
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=str(Path(home, "bin")) if home else None)
    if program is None:
        raise MissingPrerequisite(f"no java {f'in {home}/bin (JAVA_HOME)' if home else 'on the PATH'}: install JDK 17")
    if not any(jars.glob("*.jar")):
        raise MissingPrerequisite(f"no jars in {jars}: run `make setup`, which fetches them")
    return [program, *(f"-Dorg.slf4j.simpleLogger.{option}" for option in LOG_OPTIONS), "-cp", f"{jars}/*"]


def spawn(command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a command in its own session, which survives this process; its output is appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )
    _started[process.pid] = process
    return process


def end(processes: list[psutil.Process], grace_seconds: float) -> None:
    """Send SIGTERM, and SIGKILL after the grace period; psutil rejects a pid that was reused meanwhile."""
    for process in processes:
        _signal(process.terminate)
    if not wait_until(lambda: not any(is_alive(process) for process in processes), grace_seconds):
        for process in processes:
            _signal(process.kill)
        wait_until(lambda: not any(is_alive(process) for process in processes), grace_seconds)


def is_alive(process: psutil.Process) -> bool:
    if process.pid in _started:
        _started[process.pid].poll()  # reaps it
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(is_met: Callable[[], bool], seconds: float) -> bool:
    """Return True as soon as the condition is met, False if it is not met in time."""
    deadline = time.monotonic() + seconds
    while not is_met():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def free_port() -> int:
    return next(port for port in random.sample(PORTS, len(PORTS)) if is_free(port))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def listens(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def last_lines(log: Path, count: int = 5) -> str:
    lines = log.read_text("utf-8", errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"  {line[:200]}" for line in lines[-count:])


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.NoSuchProcess:
        return
