"""The virtual environment `.venv` and its locked Python packages. Standard library only."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

from runtime.errors import JobError
from tools import uv
from tools.steps import run_step

LOCKS = {"base": "requirements.lock", "train": "requirements-train.lock"}
BUILD_LOCK = "requirements-build.lock"
UV_LOCK = "requirements-uv.lock"
UNFINISHED = ".unfinished"
INSTALLING, INSTALLED = "\nInstalling collected packages", "\nSuccessfully installed"


def are_installed(root: Path, extra: str) -> bool:
    """True if `.venv` matches the lock of `extra` (`base` or `train`). Starts no process."""
    stamp = _stamp(root, extra)
    return stamp.exists() and stamp.read_text("utf-8") == _fingerprint(root, extra) and _python(root).exists()


def install(root: Path, extra: str, lock: int) -> None:
    """Install the locked packages of `extra` in `.venv`; an incomplete environment is created again.

    The train lock includes the packages of the base lock. pip's own settings (mirror, certificates) apply, to uv too.
    """
    log = root / ".venv/uv.log"
    _repair(root, lock)
    try:
        _pip(root, "build tools", (BUILD_LOCK, UV_LOCK), lock)
        uv.install(_python(root), root / LOCKS[extra], log, lock, _environment())
    except JobError:
        print(f"packages: uv could not install them (see {log}): pip does", file=sys.stderr)
        _repair(root, lock)
        _pip(root, "build tools", (BUILD_LOCK,), lock)
        _pip(root, "packages", (LOCKS[extra],), lock)
    for name in {"base", extra}:
        _stamp(root, name).write_text(_fingerprint(root, name), "utf-8")


def is_broken(root: Path) -> bool:
    """True if `.venv` must be created again: missing, or interrupted while it or its packages were installed.

    pip and uv download everything before they install anything, so a run that lost the network leaves it intact.
    """
    venv = root / ".venv"
    if (venv / UNFINISHED).exists() or not _python(root).exists():
        return True
    logs = [path.read_text("utf-8", "replace") for path in venv.glob("pip-*.log")]
    return any(INSTALLING in log and INSTALLED not in log for log in logs) or uv.was_interrupted(venv / "uv.log")


def _repair(root: Path, lock: int) -> None:
    """Create `.venv` if it is missing or broken."""
    if not is_broken(root):
        return
    shutil.rmtree(root / ".venv", ignore_errors=True)
    (root / ".venv").mkdir(parents=True, exist_ok=True)
    (root / ".venv" / UNFINISHED).touch()
    # The base interpreter: the running one may belong to the environment that was just deleted.
    base = Path(sys.base_prefix, "bin", "python3.11")
    python = base if base.exists() else Path(sys.executable)
    command = [str(python), "-m", "venv", str(root / ".venv")]
    run_step("virtual environment", command, root / ".venv/venv.log", lambda _: "creating .venv", lock)
    (root / ".venv" / UNFINISHED).unlink()


def _pip(root: Path, title: str, locks: tuple[str, ...], lock: int) -> None:
    paths = [root / name for name in locks]
    total = sum(len(re.findall(r"^[A-Za-z0-9]", path.read_text("utf-8"), re.MULTILINE)) for path in paths)
    # The locked build tools are installed first, so that source packages are built with them.
    command = [str(_python(root)), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["--no-build-isolation", "--require-hashes", *(f"-r{path}" for path in paths)]
    log = root / ".venv" / f"pip-{paths[0].stem}.log"
    run_step(title, command, log, lambda output: _progress(output, total), lock, _environment())


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return {**inherited, "PYTHONUNBUFFERED": "1"}


def _progress(output: str, total: int) -> str:
    """The phase that pip is in, from its output so far."""
    if INSTALLING in output:
        return "installing"
    building = re.findall(r"\n *Building wheel for ([\w.-]+)", output)
    if building:
        return f"building {building[-1]}"
    seen = len(re.findall(r"^(?:Collecting|Requirement already satisfied)", output, re.MULTILINE))
    return f"{min(seen, total)} of {total} packages downloaded"


def _python(root: Path) -> Path:
    return root / ".venv/bin/python"


def _stamp(root: Path, extra: str) -> Path:
    return root / ".venv" / f".installed-{extra}"


def _fingerprint(root: Path, extra: str) -> str:
    """The inputs of the environment: the locks, and its path, which its scripts contain."""
    sums = (hashlib.sha256((root / name).read_bytes()).hexdigest() for name in (BUILD_LOCK, UV_LOCK, LOCKS[extra]))
    return "\n".join([*sums, str(root)])
