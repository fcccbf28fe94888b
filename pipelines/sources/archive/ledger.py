"""How far each archive is collected, and what it contained: one small file per archive under `<home>/positions`.

Counts and position are written together, for the same acknowledged prefix of the archive, so both stay exact when the
process is killed at any moment.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from pathlib import Path

from pipelines.sources.archive.lines import open_raw
from pipelines.sources.archive.record import COMPLIANCE, Record
from pipelines.sources.archive.tables.ids import MADE_ID_VERSION
from runtime.errors import BadInput
from runtime.file_lock import hold_lock

_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True)
class Ledger:
    """The contents of one archive up to `position` (the last acknowledged record; None before the first).

    `source` is the header of its records: the file's name and a hash that distinguishes it from another file of that
    name, or from other content at the same path (`head`: the hash of the path and the first `head_bytes`).
    `tweets` counts tweet objects, `malformed` lines and objects that are none, `notices` compliance notices;
    `stored_bytes` is the file size when it was read to its end. Of what was read so far: `repeats` of tweets, `rejects`
    by reason, and `lost_tweets`, the tweets inside rejects. `made_id_version` is that of the ids made for rows.
    """

    source: str
    path: str
    head_bytes: int
    head: str
    position: str | None = None
    tweets: int = 0
    malformed: int = 0
    notices: int = 0
    blank_lines: int = 0
    is_complete: bool = False
    stored_bytes: int = 0
    repeats: int = 0
    rejects: dict[str, int] = field(default_factory=dict)
    lost_tweets: int = 0
    made_id_version: int = MADE_ID_VERSION

    @property
    def offered(self) -> int:
        """Number of records that the stream has to account for."""
        return self.tweets + self.malformed + self.notices

    def counting(self, record: Record) -> "Ledger":
        """This ledger with one more acknowledged record."""
        if record.kind == COMPLIANCE:
            return replace(self, position=record.position, notices=self.notices + 1)
        if record.format in ("unknown", "oversized"):
            return replace(self, position=record.position, malformed=self.malformed + 1)
        return replace(self, position=record.position, tweets=self.tweets + 1)


def read_ledgers(folder: Path) -> dict[str, Ledger]:
    """Return {source: ledger} of every archive that was collected into this home."""
    ledgers = [_read(file) for file in sorted(folder.glob("*.json"))]
    return {ledger.source: ledger for ledger in ledgers}


def read_ledger_of(folder: Path, path: Path) -> Ledger:
    """Return the ledger of one archive: that of its shorter, earlier version, or a new one."""
    return Ledgers(folder).of(path)


class Ledgers:
    """The ledgers of a folder, read once: what they say of many archives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_path: dict[str, list[Ledger]] = {}
        for ledger in read_ledgers(folder).values():
            self._by_path.setdefault(ledger.path, []).append(ledger)

    def of(self, path: Path) -> Ledger:
        """The ledger of one archive: that of its shorter, earlier version, or a new one.

        BadInput when the archive was imported with ids of another version.
        """
        place = path.resolve()
        known = sorted(self._by_path.get(str(place), []), key=lambda one: one.head_bytes, reverse=True)
        found = next((one for one in known if _head(place, one.head_bytes) == one.head), None)
        if found is not None and found.position is not None and found.made_id_version != MADE_ID_VERSION:
            raise BadInput(
                f"{path} was imported when ids were made in another way (version {found.made_id_version}, now "
                f"{MADE_ID_VERSION}): its rows without an id would be stored twice; import it into a new home"
            )
        return found or with_head(Ledger("", str(place), 0, ""))

    def current(self, ledger: Ledger) -> Ledger:
        """The ledger as it is now, when another process may have saved it since."""
        file = ledger_file(self._folder, ledger)
        return _read(file) if file.exists() else ledger


def with_head(ledger: Ledger) -> Ledger:
    """The ledger with the current head of its archive."""
    path = Path(ledger.path)
    head_bytes = min(_HEAD_BYTES, path.stat().st_size)
    head = _head(path, head_bytes)
    return replace(ledger, head_bytes=head_bytes, head=head, source=ledger.source or f"archive:{path.name}~{head[:8]}")


def as_new(ledger: Ledger) -> Ledger:
    """The ledger of the same archive before its first record."""
    return Ledger(ledger.source, ledger.path, ledger.head_bytes, ledger.head)


def ledger_file(folder: Path, ledger: Ledger) -> Path:
    return folder / f"{ledger.source.rpartition('~')[2]}.json"


def save_ledger(file: Path, ledger: Ledger) -> None:
    """Replace the file atomically; it is on disk when this returns."""
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
    """Lock an archive for one collector; TableLocked when another process collects it. Released at exit."""
    lock = file.with_suffix(".lock")
    with hold_lock(lock, lambda holder: f"process {holder} already collects this archive (its lock is {lock})"):
        yield


def _read(file: Path) -> Ledger:
    try:
        content = json.loads(file.read_text("utf-8"))
        known = {"made_id_version": 1} | content
        needed = [each.name for each in fields(Ledger) if each.default is MISSING and each.default_factory is MISSING]
        if not set(needed) <= known.keys():
            raise KeyError
        return Ledger(**{each.name: known[each.name] for each in fields(Ledger) if each.name in known})
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{file} is not a valid position file: remove it and collect with --restart") from error


def _head(path: Path, length: int) -> str:
    with open_raw(path) as raw:
        head = raw.read(length)
    return hashlib.sha256(f"{path}\0{length}\0".encode("utf-8", "surrogateescape") + head).hexdigest()
