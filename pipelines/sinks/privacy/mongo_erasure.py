"""Erasure in the document store: deletes authors from every snapshot, drops old snapshots, frees pages."""

import logging
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure
from pyspark.sql import DataFrame, Row

from conf.mongodb import StoreAddress, store_address
from conf.published import COLLECTIONS
from conf.settings import Settings
from pipelines.sinks.mongo import POINTERS, Document, ask_store, drop_older, open_client

logger = logging.getLogger("brandpulse.mongo_erasure")

BY_AUTHOR = "author_key"


def erase_documents(authors: DataFrame, settings: Settings) -> int:
    """Delete the documents of `authors` [author_key] from every collection that may have some; returns their number."""
    address = store_address(settings)
    with open_client(address) as client:
        collections = list(filter(_has_authors, ask_store(address, partial(_collections, client[address.database]))))
    erase = partial(_erase_partition, address, collections, settings.mongodb.batch_size)
    counts: list[int] = authors.select("author_key").rdd.mapPartitions(erase).collect()
    return sum(counts)


def drop_older_snapshots(settings: Settings) -> None:
    """Drop all snapshots except the published ones: older snapshots contain data that was erased since."""
    address = store_address(settings)
    with open_client(address) as client:
        database = client[address.database]
        for pointer in ask_store(address, lambda: list(database[POINTERS].find())):
            own = {"_id": pointer["_id"], "collection": pointer["collection"]}
            ask_store(address, partial(database[POINTERS].update_one, own, {"$set": {"previous": []}}))
            kept = {pointer["collection"]}
            ask_store(address, partial(drop_older, database, pointer["_id"], pointer["run"], kept))


def compact_store(settings: Settings, request: str) -> None:
    """Free the pages of deleted documents; logs a warning if the store forbids it, for the operator to do.

    The embedded store rewrites its file once per `request` id and disconnects all clients meanwhile.
    """
    address = store_address(settings)
    with open_client(address) as client:
        database = client[address.database]
        try:
            for name in ask_store(address, partial(_collections, database)):
                ask_store(address, partial(database.command, "compact", name, comment=request))
        except OperationFailure as error:
            logger.warning(
                "MongoDB forbids us to compact (%s): run compact on each collection of %s on every node",
                *(error.code, address.database),
            )


def _has_authors(collection: str) -> bool:
    """True as well for a collection that is not in the map."""
    return COLLECTIONS.get(collection.partition("__")[0], BY_AUTHOR) == BY_AUTHOR


def _collections(database: Database[Document]) -> list[str]:
    return sorted(name for name in database.list_collection_names() if not name.startswith("system."))


def _erase_partition(
    address: StoreAddress, collections: list[str], batch_size: int, rows: Iterable[Row]
) -> Iterator[int]:
    keys = (row["author_key"] for row in rows)
    with open_client(address) as client:
        while batch := list(islice(keys, batch_size)):
            for name in collections:
                yield ask_store(address, partial(_erase, client, address.database, name, batch))


def _erase(client: "MongoClient[Document]", database: str, name: str, keys: list[str]) -> int:
    return client[database][name].delete_many({BY_AUTHOR: {"$in": keys}}).deleted_count
