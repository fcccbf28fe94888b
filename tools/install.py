"""Set-up from scratch: `python3.11 -m tools.install`, which `make setup` calls.

Installs the locked packages in `.venv` and the locked jars in `.cache/jars`. If both are complete it only checks,
without network. Concurrent runs are safe: the second waits. Every failure is one sentence on stderr; running it again
repairs the installation. Exit codes are those of the jobs. Standard library only; it must parse on an older Python, to
report that.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import JobError, MissingPrerequisite
from tools import jars, packages
from tools.steps import disk_full

ROOT = Path(__file__).resolve().parent.parent
PYTHON = (3, 11)
JDK = 17
HOW_TO_GET_JDK = f"install a JDK {JDK} (Debian: openjdk-{JDK}-jdk-headless) and put it on PATH, or name it in JAVA_HOME"


def main(arguments: list[str] | None = None) -> int:
    """Install what the flags ask for; return the exit code."""
    parser = argparse.ArgumentParser(
        description="Install the locked packages in .venv and the locked jars in .cache/jars."
    )
    parser.add_argument(
        "--train", action="store_true", help="also install the packages that only training needs (6 GB)"
    )
    parser.add_argument(
        "--ivy-settings", type=Path, default=ROOT / "conf/ivysettings.xml", help="an Ivy settings file, for a mirror"
    )
    options = parser.parse_args(arguments)
    try:
        check_python(sys.version_info[:2])
        set_up(ROOT, "train" if options.train else "base", find_java(), options.ivy_settings.resolve())
    except JobError as error:
        return _report(error)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return _report(JobError(f"{error.strerror}: {error.filename}"))
        return _report(disk_full(ROOT))
    except KeyboardInterrupt:
        print("setup: interrupted: run it again", file=sys.stderr)
        return 130
    return 0


def set_up(root: Path, extra: str, java: Path, ivy_settings: Path) -> None:
    """Install packages and jars that differ from the locks; `extra` is `base` or `train`."""
    if packages.are_installed(root, extra) and jars.are_verified(root):
        return
    (root / ".cache/jars").mkdir(parents=True, exist_ok=True)
    with _locked(root / ".cache/setup.lock") as lock:
        if not packages.are_installed(root, extra):
            packages.install(root, extra, lock)
        if not jars.are_verified(root):
            jars.install(root, java, ivy_settings, lock)
    print("setup: ready", file=sys.stderr)


def check_python(version: tuple[int, ...]) -> None:
    """Raise MissingPrerequisite unless this is the required Python version."""
    if version != PYTHON:
        wanted, got = ".".join(map(str, PYTHON)), ".".join(map(str, version))
        raise MissingPrerequisite(
            f"Python {wanted} is needed, this is {got}: install it, or run `make setup PYTHON311=/path/to/python`"
        )


def find_java() -> Path:
    """Return the `java` that Spark will use (JAVA_HOME before PATH). Raises MissingPrerequisite if it is no JDK 17."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    if found is None:
        where = f"JAVA_HOME is {home}, which has no bin/java" if home else "there is no java on PATH"
        raise MissingPrerequisite(f"no JDK: {where}: {HOW_TO_GET_JDK}")
    answer = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    if version is None or int(version[1]) != JDK:
        got = f"version {version[1]}" if version else "not a working Java"
        raise MissingPrerequisite(f"JDK {JDK} is needed, {found} is {got}: {HOW_TO_GET_JDK}")
    if not Path(found).resolve().with_name("javac").exists():
        raise MissingPrerequisite(f"{found} is a Java without its compiler (a JRE): {HOW_TO_GET_JDK}")
    return Path(found)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Take the lock file; yield its descriptor, which child processes inherit."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("setup: waiting for another set-up of this folder", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _report(error: JobError) -> int:
    print(f"setup: {error}", file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
