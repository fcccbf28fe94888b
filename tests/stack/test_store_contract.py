"""The MongoDB features that we rely on, tested on the embedded store or on the server in MONGODB_URI."""

import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo import DeleteOne, MongoClient, ReplaceOne, UpdateOne, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

import stack
from tests.stack.conftest import Documents

DUPLICATE = 11_000


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> Iterator[MongoClient[Documents]]:
    uri = os.environ.get("MONGODB_URI")
    if uri is None:
        home, settings = request.getfixturevalue("own_home"), request.getfixturevalue("stack_settings")
        uri = stack.start(home, settings).mongodb
    with MongoClient[Documents](uri, serverSelectionTimeoutMS=10_000) as found:
        yield found


@pytest.fixture
def authors(client: MongoClient[Documents]) -> Iterator[Collection[Documents]]:
    database = client[f"contract_{uuid.uuid4().hex[:8]}"]
    yield database.get_collection("authors", write_concern=WriteConcern(w="majority", j=True))
    client.drop_database(database.name)


def upserts(count: int, version: int) -> list[ReplaceOne[Documents]]:
    keys = [f"a{place:04d}" for place in range(count)]
    return [ReplaceOne({"_id": key}, {"_id": key, "version": version}, upsert=True) for key in keys]


def test_the_client_sees_wire_version_17_or_later(client: MongoClient[Documents]) -> None:
    assert client.admin.command("isMaster")["maxWireVersion"] >= 17


def test_bulk_upserts_count_what_they_did(authors: Collection[Documents]) -> None:
    first = authors.bulk_write(upserts(1_000, 1), ordered=False)
    again = authors.bulk_write(upserts(1_200, 2), ordered=False)
    assert (first.upserted_count, first.matched_count, first.modified_count) == (1_000, 0, 0)
    assert (again.upserted_count, again.matched_count, again.modified_count) == (200, 1_000, 1_000)
    assert sorted(again.upserted_ids or {}) == list(range(1_000, 1_200))
    assert authors.count_documents({"version": 2}) == 1_200


@pytest.mark.parametrize(
    ("bounds", "first", "end"),
    [
        ({"$gte": "a0100", "$lt": "a0200"}, 100, 200),
        ({"$gt": "a0100", "$lte": "a0200"}, 101, 201),
        ({"$gte": "a0100", "$gt": "a0150", "$lt": "a0200"}, 151, 200),
        ({"$gte": "a0290"}, 290, 300),
        ({"$lt": "a0010"}, 0, 10),
        ({"$gte": ""}, 0, 300),
        ({"$gte": "b"}, 0, 0),
        ({"$gte": "a0200", "$lt": "a0100"}, 0, 0),
    ],
)
def test_a_range_of_ids_is_read_in_their_order_as_far_as_asked(
    authors: Collection[Documents], bounds: dict[str, str], first: int, end: int
) -> None:
    authors.bulk_write([*upserts(300, 1), ReplaceOne({"_id": 7}, {"_id": 7}, upsert=True)], ordered=False)
    expected = [f"a{place:04d}" for place in range(first, end)]
    for order, ids in ((1, expected), (-1, expected[::-1])):
        for skip, limit in ((0, 0), (0, 20), (5, 20), (0, 1), (400, 5)):
            found = authors.find({"_id": bounds}, sort=[("_id", order)], skip=skip, limit=limit, batch_size=7)
            assert [each["_id"] for each in found] == ids[skip : skip + limit if limit else None]


def test_a_range_of_ids_sees_every_write(authors: Collection[Documents]) -> None:
    def read() -> list[int]:
        return [each["version"] for each in authors.find({"_id": {"$gt": "a0001"}}, sort=[("_id", 1)], limit=2)]

    assert read() == []
    authors.bulk_write(upserts(4, 1), ordered=False)
    authors.delete_one({"_id": "a0002"})
    authors.bulk_write([ReplaceOne({"_id": "a0003"}, {"_id": "a0003", "version": 2})])
    assert read() == [2]
    authors.drop()
    assert read() == []


def test_an_unchanged_replacement_modifies_nothing(authors: Collection[Documents]) -> None:
    authors.bulk_write(upserts(10, 1), ordered=False)
    again = authors.bulk_write(upserts(10, 1), ordered=False)
    assert (again.matched_count, again.modified_count) == (10, 0)


def test_eight_threads_on_the_same_keys_leave_one_document_each(authors: Collection[Documents]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda version: authors.bulk_write(upserts(200, version), ordered=False), range(8)))
    assert authors.count_documents({}) == 200


def test_a_unique_index_refuses_the_second_and_the_batch_goes_on(authors: Collection[Documents]) -> None:
    authors.create_index("handle", unique=True)
    rows = [("a", "x"), ("b", "x"), ("c", "y")]
    requests = [ReplaceOne({"_id": key}, {"_id": key, "handle": handle}, upsert=True) for key, handle in rows]
    with pytest.raises(BulkWriteError) as raised:
        authors.bulk_write(requests, ordered=False)
    assert [each["code"] for each in raised.value.details["writeErrors"]] == [DUPLICATE]
    assert sorted(authors.distinct("_id")) == ["a", "c"]


def test_a_stale_guarded_upsert_is_a_duplicate_key(authors: Collection[Documents]) -> None:
    def write(version: int) -> UpdateOne:
        return UpdateOne({"_id": "a", "version": {"$lt": version}}, {"$set": {"version": version}}, upsert=True)

    authors.bulk_write([write(5)], ordered=False)
    authors.bulk_write([write(6)], ordered=False)
    with pytest.raises(BulkWriteError) as raised:
        authors.bulk_write([write(4)], ordered=False)
    assert [each["code"] for each in raised.value.details["writeErrors"]] == [DUPLICATE]
    assert authors.find_one() == {"_id": "a", "version": 6}


def test_the_pointer_flips_forward_only_and_in_whole(authors: Collection[Documents]) -> None:
    pointer = authors.database["_current"]

    def flip(run: int) -> None:
        values = {"collection": f"authors__{run}", "run": run, "n": 2 * run}
        pointer.update_one({"_id": "authors", "run": {"$lt": run}}, {"$set": values}, upsert=True)

    flip(9)
    flip(10)
    with pytest.raises(DuplicateKeyError):
        flip(9)
    assert pointer.find_one() == {"_id": "authors", "collection": "authors__10", "run": 10, "n": 20}


def test_deletes_by_key_and_a_replay_of_them_are_harmless(authors: Collection[Documents]) -> None:
    authors.bulk_write(upserts(3, 1), ordered=False)
    assert authors.bulk_write([DeleteOne({"_id": "a0001"})], ordered=False).deleted_count == 1
    assert authors.bulk_write([DeleteOne({"_id": "a0001"})], ordered=False).deleted_count == 0
    assert sorted(authors.distinct("_id")) == ["a0000", "a0002"]


def test_pages_by_key_come_in_order(authors: Collection[Documents]) -> None:
    authors.bulk_write(upserts(250, 1), ordered=False)
    page = authors.find({"_id": {"$gt": "a0099"}}, sort=[("_id", 1)], limit=3)
    assert [document["_id"] for document in page] == ["a0100", "a0101", "a0102"]


def test_a_dropped_collection_reads_as_empty(authors: Collection[Documents]) -> None:
    authors.bulk_write(upserts(3, 1), ordered=False)
    authors.drop()
    assert (list(authors.find()), authors.count_documents({})) == ([], 0)


def test_large_and_odd_values_come_back_as_they_went(authors: Collection[Documents]) -> None:
    document = {
        "_id": "a",
        "count": 2**60,
        "share": 0.1,
        "text": "π 👩‍👩‍👧 \u0000",
        "deep": [[1, [None]]],
        "long": "x" * (5 << 20),
    }
    authors.replace_one({"_id": "a"}, document, upsert=True)
    assert authors.find_one() == document
