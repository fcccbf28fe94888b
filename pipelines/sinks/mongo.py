"""Sink to the document store: writes a whole snapshot into its own collection, then flips one pointer.

The count and checksum of `<name>__<run>` are compared with the rows before the document `name` of `_current` points to
it. Readers follow the pointer, so they see one complete snapshot; a killed publisher leaves the old one in place. Every
write replaces by `_id`, so it may be repeated.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from py4j.protocol import Py4JJavaError
from pymongo import MongoClient, ReplaceOne
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, DuplicateKeyError, OperationFailure
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.types import DateType, TimestampType

from conf.mongodb import StoreAddress, store_address
from conf.settings import Settings
from runtime.errors import CheckFailed, ServiceUnavailable
from runtime.retry import retry_unavailable

logger = logging.getLogger("brandpulse.mongo")

Document = dict[str, Any]
Index = Sequence[tuple[str, int]]
Response = TypeVar("Response")
POINTERS = "_current"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REJECTED = (13, 18)  # not authorised; wrong name or password
REJECTION_REMEDY = "check mongodb.username, BRANDPULSE_MONGODB_PASSWORD and the user's roles"
REMEDY = "start it, or check mongodb.uri; nothing is lost, the next run publishes"


@dataclass(frozen=True)
class Content:
    """The content of a snapshot: its number of documents and the order-independent sum of their hashes."""

    count: int
    checksum: str


@dataclass(frozen=True)
class Documents:
    """Rows to publish: unique and sorted by `_id`, the columns `times` as milliseconds since 1970."""

    rows: DataFrame
    times: frozenset[str]


def publish_snapshot(
    df: DataFrame, settings: Settings, name: str, run: int, indexes: Iterable[Index] = (), about: Document | None = None
) -> bool:
    """Publish `df` (text `_id`; times become dates of milliseconds, days text) as the snapshot `run` of `name`.

    Returns False if the published snapshot has the same content or belongs to a newer run. `about`: more fields of the
    pointer. CheckFailed if the store contains something else than was sent, ServiceUnavailable if it is unavailable.
    """
    address = store_address(settings)
    documents = build_documents(df)
    documents.rows.persist()
    try:
        content = count_content(documents)
        with open_client(address) as client:
            database = client[address.database]
            if not _is_newer(database, address, name, run, content):
                return False
            collection = f"{name}__{run}"
            ask_store(address, partial(_start_collection, database, collection, indexes))
            write_snapshot(documents, address, collection, settings.mongodb.batch_size)
            check_snapshot(database, address, collection, content)
            pointer = {"collection": collection, "run": run, "count": content.count, "checksum": content.checksum}
            return flip_pointer(database, settings, address, name, pointer | (about or {}))
    finally:
        documents.rows.unpersist()


def build_documents(df: DataFrame) -> Documents:
    """The rows of `df` for `write_snapshot`; the store has a precision of milliseconds and no type for a day."""
    kinds = {field.name: field.dataType for field in df.schema.fields}
    times = [name for name, kind in kinds.items() if isinstance(kind, TimestampType)]
    stored = {name: F.unix_millis(name) for name in times}
    stored |= {name: F.col(name).cast("string") for name, kind in kinds.items() if isinstance(kind, DateType)}
    rows = df.withColumns(stored).dropDuplicates(["_id"]).select(*df.columns)
    return Documents(rows.sortWithinPartitions("_id"), frozenset(times))


def count_content(documents: Documents) -> Content:
    """Count the documents and sum their hashes on the executors."""
    times = documents.times
    parts = documents.rows.rdd.mapPartitions(lambda rows: [_sum(_document(row, times) for row in rows)]).collect()
    return _content(parts)


def write_snapshot(documents: Documents, address: StoreAddress, collection: str, batch_size: int) -> None:
    """Write each partition in unordered bulks sorted by `_id`."""
    try:
        documents.rows.foreachPartition(partial(_write_partition, address, collection, batch_size, documents.times))
    except Py4JJavaError as error:
        if ServiceUnavailable.__name__ in str(error.java_exception):
            raise ServiceUnavailable(f"MongoDB became unavailable while {collection} was written: {REMEDY}") from None
        raise


def write_documents(address: StoreAddress, collection: str, batch_size: int, documents: Iterator[Document]) -> None:
    """Replace `documents` by `_id`, `batch_size` at a time; safe to repeat."""
    with open_client(address) as client:
        target = client[address.database][collection]
        while batch := [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in islice(documents, batch_size)]:
            ask_store(address, partial(target.bulk_write, batch, ordered=False))


def check_snapshot(database: Database[Document], address: StoreAddress, collection: str, expected: Content) -> None:
    """Read the collection back; if it differs from what was sent, drop it and raise CheckFailed."""
    found = ask_store(address, lambda: _content([_sum(database[collection].find())]))
    if found != expected:
        ask_store(address, partial(database.drop_collection, collection))
        raise CheckFailed(
            f"{collection} contains {found.count} documents with checksum {found.checksum[:12]}, but {expected.count} "
            f"with {expected.checksum[:12]} were sent: not published, the last snapshot stays"
        )


def flip_pointer(
    database: Database[Document], settings: Settings, address: StoreAddress, name: str, pointer: Document
) -> bool:
    """Point readers to the collection unless a newer run did so first; then drop versions that are not kept."""
    before = ask_store(address, partial(read_pointer, database, name)) or {}
    kept = [before["collection"], *before.get("previous", [])] if before else []
    previous = [each for each in kept if each != pointer["collection"]][: settings.mongodb.keep_versions - 1]
    after = pointer | {"previous": previous, "published_at": datetime.now(UTC)}
    try:
        ask_store(address, partial(_flip, database, name, after))
    except DuplicateKeyError:
        now = ask_store(address, partial(read_pointer, database, name)) or {}
        if (
            now.get("collection") != pointer["collection"]
        ):  # else it is ours: the response to the first attempt was lost
            logger.info("%s: run %d is not published, a newer one (%s) is", name, pointer["run"], now.get("run"))
            ask_store(address, partial(database.drop_collection, pointer["collection"]))
            return False
    logger.info("%s: %d documents published as run %d", name, pointer["count"], pointer["run"])
    ask_store(address, partial(drop_older, database, name, pointer["run"], {pointer["collection"], *previous}))
    return True


def read_pointer(database: Database[Document], name: str) -> Document | None:
    return database[POINTERS].find_one({"_id": name})


def _flip(database: Database[Document], name: str, pointer: Document) -> None:
    """DuplicateKeyError if the stored run is not older: no document matches, and the upsert inserts a second `_id`."""
    older = {"_id": name, "run": {"$lt": pointer["run"]}}
    try:
        database[POINTERS].update_one(older, {"$set": pointer}, upsert=True)
    except DuplicateKeyError:  # also raised by a real server when two first publishers insert at once: retry
        database[POINTERS].update_one(older, {"$set": pointer}, upsert=True)


def _is_newer(database: Database[Document], address: StoreAddress, name: str, run: int, content: Content) -> bool:
    pointer = ask_store(address, partial(read_pointer, database, name))
    if pointer is None:
        return True
    stored = ask_store(address, lambda: database[pointer["collection"]].count_documents({}))
    if (stored, pointer["checksum"]) == (content.count, content.checksum):
        logger.info("%s: unchanged since run %d, %d documents", name, pointer["run"], stored)
        return False
    if pointer["run"] >= run:
        logger.info("%s: run %d is not published, a newer one (%d) is", name, run, pointer["run"])
        return False
    return True


def _start_collection(database: Database[Document], collection: str, indexes: Iterable[Index]) -> None:
    """Create an empty collection with its indexes, in place of one that a killed publisher of the same run left."""
    database.drop_collection(collection)
    database.create_collection(collection)
    for index in indexes:
        database[collection].create_index(list(index))


def drop_older(database: Database[Document], name: str, run: int, kept: set[str]) -> None:
    """Drop snapshots of `name` older than `run` and not in `kept`."""
    for collection in database.list_collection_names():
        stem, _, number = collection.rpartition("__")
        if stem == name and number.isdigit() and int(number) < run and collection not in kept:
            database.drop_collection(collection)


def _write_partition(
    address: StoreAddress, collection: str, batch_size: int, times: frozenset[str], rows: Iterable[Row]
) -> None:
    write_documents(address, collection, batch_size, (_document(row, times) for row in rows))


def _document(row: Row, times: frozenset[str]) -> Document:
    return {name: _moment(value) if name in times else value for name, value in row.asDict(recursive=True).items()}


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else EPOCH + timedelta(milliseconds=milliseconds)


def _sum(documents: Iterable[Document]) -> tuple[int, int]:
    """The number of documents, and the sum of the SHA-256 of each as JSON with sorted keys."""
    count = total = 0
    for document in documents:
        text = json.dumps(document, sort_keys=True, default=datetime.isoformat)
        count, total = count + 1, total + int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    return count, total


def _content(parts: list[tuple[int, int]]) -> Content:
    return Content(sum(count for count, _ in parts), f"{sum(total for _, total in parts) % 2**256:064x}")


def open_client(address: StoreAddress) -> MongoClient[Document]:
    """A client of the store, which the caller closes."""
    return MongoClient(**address.client_options())


def ask_store(address: StoreAddress, ask: Callable[[], Response]) -> Response:
    """`ask()`, retried while the store is unavailable; ServiceUnavailable after the timeout or if it rejects us."""
    try:
        return retry_unavailable(ask, (ConnectionFailure,), address.timeout_seconds, "MongoDB", REMEDY)
    except OperationFailure as error:
        if error.code in REJECTED:
            raise ServiceUnavailable(f"MongoDB rejects the request ({error.code}): {REJECTION_REMEDY}") from None
        raise
