"""Ids of tweets in the collector's own state: where a gap begins and ends, how far a source is.

Such an id says no more than a moment, so one that was erased gives way to the first id of its millisecond.
"""

from collections.abc import Iterable

from conf.settings import Settings
from pipelines.sources.collector.store import Store, has_store, read_note, save_note
from pipelines.sources.x.clock import SEQUENCE_BITS
from pipelines.sources.x.compliance import LOOKUP_NOTE
from runtime.key_chain import make_key

_COLUMNS = {"positions": ("tweet_id",), "gaps": ("from_id", "to_id", "since_id", "until_id")}


def held_keys(settings: Settings) -> dict[str, int]:
    """HMAC -> id of every tweet that the collector's state names; none where no collector has worked."""
    if not has_store(settings):
        return {}
    store, secrets = Store(settings), settings.secrets.author_keys()
    try:
        place = read_note(store, LOOKUP_NOTE).get("after_id")
        ids = {*_ids(store), *([place] if place else [])}
        return {make_key(secrets, str(each)): each for each in ids}
    finally:
        store.close()


def forget_ids(settings: Settings, ids: Iterable[int]) -> None:
    """Give the moment for each of `ids`, and leave no trace of it in the file or its log."""
    store = Store(settings)
    try:
        store.write("PRAGMA secure_delete=ON")
        for each in ids:
            moment = each >> SEQUENCE_BITS << SEQUENCE_BITS
            for table, columns in _COLUMNS.items():
                for column in columns:
                    store.write(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", moment, each)
            place = read_note(store, LOOKUP_NOTE)
            if place.get("after_id") == each:
                save_note(store, LOOKUP_NOTE, place | {"after_id": moment})
        store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        store.close()


def _ids(store: Store) -> set[int]:
    names = [(table, column) for table, columns in _COLUMNS.items() for column in columns]
    found = {row[0] for table, column in names for row in store.rows(f"SELECT {column} FROM {table}")}
    return {each for each in found if each}
