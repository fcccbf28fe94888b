"""Small things that a collector must remember over a kill, by name, in its own state."""

import json
from typing import Any

from pipelines.sources.collector.store import Store

Note = dict[str, Any]


def read_note(store: Store, name: str) -> Note:
    """What was saved last under this name; empty before the first time."""
    rows = store.rows("SELECT value FROM notes WHERE name = ?", name)
    found: Note = json.loads(rows[0]["value"]) if rows else {}
    return found


def save_note(store: Store, name: str, note: Note) -> None:
    """Replace what is known under this name, whole or not at all."""
    store.write("INSERT OR REPLACE INTO notes VALUES (?, ?)", name, json.dumps(note))
