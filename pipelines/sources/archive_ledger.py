"""How far each archive was collected, and what it offered: one small file per archive under `<home>/positions`.

Counts and position are written together and belong to the same acknowledged beginning of the archive, so they stay
exact when the process is killed at any moment.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from conf.errors import BadInput, LeaseHeld
from pipelines.sources.archive_record import COMPLIANCE, Record


@dataclass(frozen=True)
class Ledger:
    """What one archive has offered up to `position` (the last acknowledged record; None before the first).

    `tweets` counts tweet objects, `malformed` lines and objects that are none, `notices` compliance notices;
    `stored_bytes` is the size of the file when it was read to its end.
    """

    source: str
    path: str
    position: str | None = None
    tweets: int = 0
    malformed: int = 0
    notices: int = 0
    blank_lines: int = 0
    is_complete: bool = False
    stored_bytes: int = 0

    @property
    def offered(self) -> int:
        """Everything that the stream has to account for."""
        return self.tweets + self.malformed + self.notices

    def counting(self, record: Record) -> "Ledger":
        """This ledger with one more acknowledged record."""
        if record.kind == COMPLIANCE:
            return replace(self, position=record.position, notices=self.notices + 1)
        if record.format in ("unknown", "oversized"):
            return replace(self, position=record.position, malformed=self.malformed + 1)
        return replace(self, position=record.position, tweets=self.tweets + 1)


def read_ledgers(folder: Path) -> dict[str, Ledger]:
    """Return {source: ledger} of every archive that was ever collected from this home."""
    ledgers = [_read(file) for file in sorted(folder.glob("*.json"))]
    return {ledger.source: ledger for ledger in ledgers}


def read_ledger_file(file: Path, source: str, path: Path) -> Ledger:
    """Return the ledger of one archive, or a new one when it was never collected."""
    return _read(file) if file.is_file() else Ledger(source, str(path))


def save_ledger(file: Path, ledger: Ledger) -> None:
    """Replace the file in one step, on disk before this returns."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as out:
        json.dump(asdict(ledger), out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def ledger_lock(file: Path) -> Iterator[None]:
    """Hold an archive for one collector; LeaseHeld when another process collects it. Ends with the process."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LeaseHeld(f"another collector is at work on this archive (it holds {held.name})") from None
        yield


def _read(file: Path) -> Ledger:
    try:
        content = json.loads(file.read_text("utf-8"))
        return Ledger(**{field.name: content[field.name] for field in fields(Ledger)})
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{file} is no collector's position; remove it and collect with --restart") from error
