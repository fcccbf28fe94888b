"""Sink to the document store for numbers that change every few seconds: documents replaced in place."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from conf.mongodb import store_address
from conf.settings import Settings
from pipelines.sinks.mongo import POINTERS, Document, ask_store, open_client


def replace_newer(settings: Settings, name: str, documents: Sequence[Document], as_of: datetime | None = None) -> None:
    """Replace by `_id` each document of the collection `name` whose `as_of` is older; readers find it by its pointer.

    `as_of`: when the whole collection was looked at, where that may have changed no document; else the newest one's.
    ServiceUnavailable if the store is unavailable.
    """
    address = store_address(settings)
    with open_client(address) as client:
        database = client[address.database]
        for document in documents:
            ask_store(address, partial(_replace, database[name], document))
        newest = max((document["as_of"] for document in documents), default=None)
        pointer = {"$set": {"collection": name, "run": 0, "count": len(documents), "as_of": as_of or newest}}
        ask_store(address, partial(database[POINTERS].update_one, {"_id": name}, pointer, upsert=True))


def _replace(collection: Collection[Document], document: Document) -> None:
    """No document matches where a newer one is stored, and the upsert finds its `_id` taken."""
    older = {"_id": document["_id"], "as_of": {"$lt": document["as_of"]}}
    try:
        collection.update_one(older, {"$set": document}, upsert=True)
    except DuplicateKeyError:
        return
