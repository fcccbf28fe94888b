"""Source from the document store: the published snapshot of a name, by its pointer in `_current`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

from pymongo import ASCENDING, DESCENDING, MongoClient
from pymongo.collection import Collection
from pymongo.errors import ConnectionFailure

from conf.mongodb import StoreAddress, store_address
from conf.settings import Settings
from runtime.retry import retry_unavailable

Document = dict[str, Any]
Response = TypeVar("Response")
REMEDY = "start it, or check mongodb.uri"
BATCH = 1000


class SnapshotExpired(LookupError):
    """The run that was asked for is not published, or no longer."""


@dataclass(frozen=True)
class Ids:
    """A range of `_id`: from `start`, without `after` and all before it, and before `end`."""

    start: str = ""
    end: str | None = None
    after: str | None = None

    @classmethod
    def under(cls, *parts: str, after: str | None = None) -> "Ids":
        """The ids that begin with the parts, each followed by a colon."""
        prefix = ":".join(parts)
        return cls(f"{prefix}:", f"{prefix};", after)  # ; is the character after :

    def condition(self) -> Document:
        bounds = {"$gte": self.start, "$lt": self.end, "$gt": self.after}
        return {"_id": {name: bound for name, bound in bounds.items() if bound is not None}}


def read_pointer(settings: Settings, name: str) -> Document | None:
    """The pointer of the snapshot `name`: collection, run, count, checksum, published_at; None before the first."""
    address = store_address(settings)
    return _ask(address, lambda: _client(address)[address.database]["_current"].find_one({"_id": name}))


def read_run(
    settings: Settings,
    name: str,
    run: int,
    ids: Ids,
    where: Document | None = None,
    limit: int = 0,
    newest_first: bool = False,
) -> list[Document]:
    """At most `limit` documents (all if 0) of the run `run` of `name`, by `_id`; `where` selects among the ids.

    SnapshotExpired if the run is not among the versions that are kept: a collection dropped meanwhile reads as empty
    or short, so that the pointer is read afterwards.
    """
    condition = ids.condition() | (where or {})
    order = [("_id", DESCENDING if newest_first else ASCENDING)]
    address, collection = store_address(settings), f"{name}__{run}"

    def find() -> list[Document]:
        found = _client(address)[address.database][collection].find(condition, sort=order, limit=limit)
        return list(found.batch_size(limit or BATCH))

    documents = _ask(address, find)
    pointer = read_pointer(settings, name) or {"collection": None}
    if collection not in (pointer["collection"], *pointer.get("previous", ())):
        raise SnapshotExpired(f"run {run} of {name} is no longer published")
    return documents


def read_document(settings: Settings, collection: str, key: str) -> Document | None:
    """The document of a collection that is updated in place, by its `_id`."""
    address = store_address(settings)
    return _ask(address, lambda: _client(address)[address.database][collection].find_one({"_id": key}))


def read_current(
    settings: Settings, name: str, where: Document | None = None, sort: Sequence[tuple[str, int]] = (), limit: int = 0
) -> list[Document]:
    """Documents of the published snapshot that `where` selects, all if `limit` is 0; none if nothing is published."""

    def find(collection: Collection[Document]) -> list[Document]:
        return list(collection.find(where or {}, sort=list(sort) or None, limit=limit))

    return _follow(settings, name, find, [])


def count_current(settings: Settings, name: str, where: Document | None = None) -> int:
    """The number of documents of the published snapshot that `where` selects."""
    return _follow(settings, name, lambda collection: collection.count_documents(where or {}), 0)


def _follow(
    settings: Settings, name: str, read: Callable[[Collection[Document]], Response], nothing: Response
) -> Response:
    """Read the collection of the pointer, again if the pointer moved: a collection dropped meanwhile reads as empty."""
    address = store_address(settings)
    database = _client(address)[address.database]
    pointer = read_pointer(settings, name)
    while pointer is not None:
        response = _ask(address, partial(read, database[pointer["collection"]]))
        now = pointer if response else read_pointer(settings, name)
        if now is not None and now["collection"] == pointer["collection"]:
            return response
        pointer = now
    return nothing


@lru_cache(maxsize=4)
def _client(address: StoreAddress) -> MongoClient[Document]:
    """One client per process and address."""
    return MongoClient(**address.client_options())


def _ask(address: StoreAddress, ask: Callable[[], Response]) -> Response:
    return retry_unavailable(ask, (ConnectionFailure,), address.timeout_seconds, "MongoDB", REMEDY)
