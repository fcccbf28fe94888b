"""The virtual environment `.venv` and the locked Python packages in it. Only standard library."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

from tools.steps import run_step

LOCKS = {"base": "requirements.lock", "train": "requirements-train.lock"}
BUILD_LOCK = "requirements-build.lock"
UNFINISHED = ".unfinished"
INSTALLING, INSTALLED = "\nInstalling collected packages", "\nSuccessfully installed"


def are_installed(root: Path, extra: str) -> bool:
    """True when `.venv` holds what the lock of `extra` (`base` or `train`) says. Starts nothing."""
    stamp = _stamp(root, extra)
    return stamp.exists() and stamp.read_text("utf-8") == _fingerprint(root, extra) and _python(root).exists()


def install(root: Path, extra: str, lock: int) -> None:
    """Make `.venv` hold the locked packages of `extra`. An environment that was left half made is made anew.

    The train lock holds the base lock's packages too. pip's own settings (mirror, certificates) are honoured.
    """
    if is_torn(root):
        shutil.rmtree(root / ".venv", ignore_errors=True)
        _make_venv(root, lock)
    _pip(root, "build tools", BUILD_LOCK, lock)
    _pip(root, "packages", LOCKS[extra], lock)
    for name in {"base", extra}:
        _stamp(root, name).write_text(_fingerprint(root, name), "utf-8")


def is_torn(root: Path) -> bool:
    """True when `.venv` cannot be added to: absent, cut short while it was made, or while pip wrote into it.

    pip downloads everything before it installs anything, so a run that lost the network has spoilt nothing.
    """
    venv = root / ".venv"
    logs = [path.read_text("utf-8", "replace") for path in venv.glob("pip-*.log")]
    halfway = any(INSTALLING in log and INSTALLED not in log for log in logs)
    return halfway or (venv / UNFINISHED).exists() or not _python(root).exists()


def _make_venv(root: Path, lock: int) -> None:
    (root / ".venv").mkdir(parents=True, exist_ok=True)
    (root / ".venv" / UNFINISHED).touch()
    # The interpreter behind the one that runs: that may be the environment that was just removed.
    base = Path(sys.base_prefix, "bin", "python3.11")
    python = base if base.exists() else Path(sys.executable)
    command = [str(python), "-m", "venv", str(root / ".venv")]
    run_step("virtual environment", command, root / ".venv/venv.log", lambda _: "creating .venv", lock)
    (root / ".venv" / UNFINISHED).unlink()


def _pip(root: Path, title: str, lock_file: str, lock: int) -> None:
    path = root / lock_file
    total = len(re.findall(r"^[A-Za-z0-9]", path.read_text("utf-8"), re.MULTILINE))
    # The build tools are locked and installed first, so a source package is built by them and not by today's newest.
    command = [str(_python(root)), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["--no-build-isolation", "--require-hashes", "-r", str(path)]
    log = root / ".venv" / f"pip-{path.stem}.log"
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    environment["PYTHONUNBUFFERED"] = "1"
    run_step(title, command, log, lambda output: _progress(output, total), lock, environment)


def _progress(output: str, total: int) -> str:
    """Say in which phase pip is, from what it printed so far."""
    if INSTALLING in output:
        return "installing"
    building = re.findall(r"\n *Building wheel for ([\w.-]+)", output)
    if building:
        return f"building {building[-1]}"
    seen = len(re.findall(r"^(?:Collecting|Requirement already satisfied)", output, re.MULTILINE))
    return f"{min(seen, total)} of {total} found and downloaded"


def _python(root: Path) -> Path:
    return root / ".venv/bin/python"


def _stamp(root: Path, extra: str) -> Path:
    return root / ".venv" / f".installed-{extra}"


def _fingerprint(root: Path, extra: str) -> str:
    """What the environment was made from: the locks, and its own place, which is written into its scripts."""
    sums = (hashlib.sha256((root / name).read_bytes()).hexdigest() for name in (BUILD_LOCK, LOCKS[extra]))
    return "\n".join([*sums, str(root)])
