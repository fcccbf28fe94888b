"""The collector's own state: one SQLite file under `<home>/collector`, safe against a kill at any moment.

With write-ahead logging, what survives a kill is always a complete prefix of what was written.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from conf.settings import Settings
from runtime.errors import MissingPrerequisite
from runtime.file_lock import hold_lock

_TABLES = """
CREATE TABLE IF NOT EXISTS positions (
    source TEXT PRIMARY KEY, tweet_id INTEGER NOT NULL, alive_at REAL NOT NULL, is_clean INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS gaps (
    gap_id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, cause TEXT NOT NULL, detail TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL, from_id INTEGER NOT NULL, to_id INTEGER,
    since_id INTEGER NOT NULL, until_id INTEGER, opened_at REAL NOT NULL, ended_at REAL,
    found INTEGER NOT NULL, settled_at REAL);
CREATE TABLE IF NOT EXISTS reads (
    day TEXT NOT NULL, source TEXT NOT NULL, reads INTEGER NOT NULL, cost REAL NOT NULL, PRIMARY KEY (day, source));
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_BUSY_SECONDS = 30.0
_PRIVATE = 0o700
Note = dict[str, Any]


def collector_folder(settings: Settings) -> Path:
    """The folder with the state of this home's collectors."""
    return settings.home / "collector"


class Store:
    """The SQLite file, shared by threads and processes."""

    def __init__(self, settings: Settings) -> None:
        folder = collector_folder(settings)
        folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
        self._lock = Lock()
        self._connection = sqlite3.connect(
            folder / "collector.db", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_TABLES)

    def write(self, sql: str, *values: Any) -> int:
        """Run one statement as one transaction; return the id of the inserted row."""
        with self._lock:
            return self._connection.execute(sql, values).lastrowid or 0

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def has_store(settings: Settings) -> bool:
    """True when a collector has run in this home."""
    return (collector_folder(settings) / "collector.db").is_file()


def open_known_store(settings: Settings) -> Store:
    """The state of this home's collectors; MissingPrerequisite when none has run."""
    if not has_store(settings):
        raise MissingPrerequisite(
            f"no collector has run in {settings.home} yet: start one with jobs.collect_tweets --source stream"
        )
    return Store(settings)


def read_note(store: Store, name: str) -> Note:
    """What was last saved under this name; empty before the first time."""
    rows = store.rows("SELECT value FROM notes WHERE name = ?", name)
    found: Note = json.loads(rows[0]["value"]) if rows else {}
    return found


def save_note(store: Store, name: str, note: Note) -> None:
    """Replace the note of this name atomically."""
    store.write("INSERT OR REPLACE INTO notes VALUES (?, ?)", name, json.dumps(note))


@contextmanager
def collector_lock(settings: Settings, source: str) -> Iterator[None]:
    """Be the only collector of this source in this home; TableLocked when another process is. Released at exit."""
    folder = collector_folder(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)

    def locked(holder: str) -> str:
        return f"process {holder} already collects from {source}: stop it, or let it run"

    with hold_lock(folder / f"{source}.lock", locked):
        yield
