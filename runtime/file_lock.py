"""One process at a time: a file lock that ends with its holder, who is known by the pid in the file."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import TableLocked


@contextmanager
def hold_lock(file: Path, refusal: Callable[[str], str]) -> Iterator[None]:
    """Hold `file`, which is made; TableLocked with `refusal(pid of the holder)` when another process does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TableLocked(refusal(os.pread(descriptor, 64, 0).decode() or "unknown")) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
