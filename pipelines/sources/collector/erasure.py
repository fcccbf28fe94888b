"""Erases tweet ids from the collector's own state: the ends of gaps, the positions of sources.

There such an id only stands for a moment, so an erased one is replaced by the first id of its millisecond.
"""

from collections.abc import Iterable

from conf.settings import Settings
from pipelines.sources.collector.store import Store, has_store, read_note, save_note
from pipelines.sources.x.clock import SEQUENCE_BITS
from pipelines.sources.x.compliance import LOOKUP_NOTE
from runtime.key_chain import make_key

_COLUMNS = {"positions": ("tweet_id",), "gaps": ("from_id", "to_id", "since_id", "until_id")}


def read_id_keys(settings: Settings) -> dict[str, int]:
    """{HMAC of the id: id} of every tweet in the collector's state; empty where no collector has run."""
    if not has_store(settings):
        return {}
    store, secrets = Store(settings), settings.secrets.author_keys()
    try:
        place = read_note(store, LOOKUP_NOTE).get("after_id")
        ids = {*_ids(store), *([place] if place else [])}
        return {make_key(secrets, str(each)): each for each in ids}
    finally:
        store.close()


def replace_ids(settings: Settings, ids: Iterable[int]) -> None:
    """Replace each of `ids` by the first id of its millisecond; the file and its log keep no trace of it."""
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
