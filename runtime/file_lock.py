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
        _lock(descriptor, message)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def check_unlocked(folder: Path) -> None:
    """TableLocked where another process holds the lock of a file in `folder`, which may be absent. Writes nothing."""

    def message(holder: str) -> str:
        return f"process {holder} of an older version is running here (it has locked {file}): stop it and try again"

    for file in sorted(folder.glob("*")):
        descriptor = os.open(file, os.O_RDWR)
        try:
            _lock(descriptor, message)
        finally:
            os.close(descriptor)


def _lock(descriptor: int, message: Callable[[str], str]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise TableLocked(message(os.pread(descriptor, 64, 0).decode() or "unknown")) from None
