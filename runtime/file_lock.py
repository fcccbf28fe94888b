"""One process at a time: a file lock that ends with its holder, whose pid is in the file."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import TableLocked


@contextmanager
def hold_lock(file: Path, message: Callable[[str], str]) -> Iterator[None]:
    """Lock `file`, which is created; TableLocked with `message(pid of the holder)` when another process has it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TableLocked(message(os.pread(descriptor, 64, 0).decode() or "unknown")) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def wait_for_lock(file: Path) -> Iterator[None]:
    """Lock `file`, which is created; waits for another process that has it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def check_unlocked(folder: Path, pattern: str) -> None:
    """TableLocked where a process of an older version holds the lock of a matching file in `folder`. Writes nothing."""
    for file in sorted(each for each in folder.glob(pattern) if each.is_file()):
        holder = _holder(file)
        if holder is not None:
            raise TableLocked(
                f"process {holder} of an older version is running here (it has locked {file}): stop it and try again"
            )


def _holder(file: Path) -> str | None:
    """The pid in a file that a process has locked; None for a free one. A shared lock: two that ask do not collide."""
    try:
        with file.open("rb") as content:
            try:
                fcntl.flock(content, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return content.read(64).decode("utf-8", "replace") or "unknown"
    except OSError:  # removed meanwhile, or another user's: then none of ours holds it
        return None
    return None
