"""Reads of one published run by ranges of `_id`."""

import pytest

from conf.settings import Settings
from pipelines.sources.mongo import Ids, SnapshotExpired, read_document, read_run
from tests.serving.documents import publish

KEYS = ("a:1", "a:2", "a:3", "a-b:1", "ab:1", "b:1")


def published(settings: Settings, run: int = 1) -> None:
    publish(settings, "things", run, *({"_id": key, "n": run} for key in KEYS))


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (Ids(), sorted(KEYS)),
        (Ids.under("a"), ["a:1", "a:2", "a:3"]),
        (Ids.under("a", after="a:1"), ["a:2", "a:3"]),
        (Ids.under("a", after="b:1"), []),
        (Ids.under("b", after="a:1"), ["b:1"]),
        (Ids.under("a", "1"), []),
        (Ids("a:2", "a:3"), ["a:2"]),
        (Ids.under("c"), []),
    ],
)
def test_a_range_of_ids_has_a_start_an_end_and_what_was_read(settings: Settings, ids: Ids, expected: list[str]) -> None:
    published(settings)
    assert [each["_id"] for each in read_run(settings, "things", 1, ids)] == expected


def test_a_read_may_be_limited_and_newest_first(settings: Settings) -> None:
    published(settings)
    found = read_run(settings, "things", 1, Ids.under("a"), limit=2, newest_first=True)
    assert [each["_id"] for each in found] == ["a:3", "a:2"]
    assert read_run(settings, "things", 1, Ids.under("a"), {"n": 2}) == []


def test_a_run_is_read_until_it_is_dropped(settings: Settings) -> None:
    for run in range(1, settings.mongodb.keep_versions + 2):
        published(settings, run)
    with pytest.raises(SnapshotExpired, match="run 1 of things"):
        read_run(settings, "things", 1, Ids())
    assert {each["n"] for each in read_run(settings, "things", 2, Ids())} == {2}


def test_a_run_that_is_not_published_is_not_read(settings: Settings) -> None:
    for run in (0, 99):
        with pytest.raises(SnapshotExpired):
            read_run(settings, "things", run, Ids())


def test_a_document_that_is_updated_in_place_is_read_by_its_id(settings: Settings) -> None:
    assert read_document(settings, "live", "skyvarn") is None
