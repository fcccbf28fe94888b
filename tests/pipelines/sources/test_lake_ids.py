"""Ids out of the lake without Spark, whatever stands in the columns."""

import json

import pytest

from conf.settings import Settings
from pipelines.sources.lake_ids import author_ids_of, read_author_ids, read_stored_tweets, read_tweet_ids
from tests.complying import store_payloads, store_tweets


def test_ids_come_once_each_in_ascending_order(offline_settings: Settings) -> None:
    store_tweets(offline_settings, "30", "4")
    store_tweets(offline_settings, "4", "200")
    assert read_tweet_ids(offline_settings).tolist() == [4, 30, 200]


def test_a_lake_without_tables_holds_nothing(offline_settings: Settings) -> None:
    assert read_tweet_ids(offline_settings).tolist() == []
    assert read_author_ids(offline_settings).tolist() == []
    assert read_stored_tweets(offline_settings, 0, 9).ids.tolist() == []


def test_only_the_asked_span_is_held(offline_settings: Settings) -> None:
    store_tweets(offline_settings, "1", "2", "3", "4", placed=True, history=["1", "2"])
    held = read_stored_tweets(offline_settings, 1, 3)
    assert held.ids.tolist() == [2, 3]
    assert held.histories == {2: ("1", "2"), 3: ("1", "2")}
    assert held.placed == {2, 3}


def test_what_is_no_id_is_passed_over(offline_settings: Settings) -> None:
    store_tweets(offline_settings, "5", "x5", "", "-7", "9" * 19, "1" * 40)
    assert read_stored_tweets(offline_settings, 0, 10**18).ids.tolist() == [5]
    assert read_tweet_ids(offline_settings).tolist() == [5]


def test_the_newest_ids_of_x_fit(offline_settings: Settings) -> None:
    store_tweets(offline_settings, "2112345678901234567", "8999999999999999999")
    assert read_tweet_ids(offline_settings).tolist() == [2112345678901234567, 8999999999999999999]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"data": {"author_id": "1"}, "includes": {"tweets": [{"author_id": "2"}], "users": [{"id": "9"}]}}, {1, 2}),
        ({"data": {"author_id": "1"}, "includes": {"posts": [{"author_id": "3"}, None]}}, {1, 3}),
        ({"user": {"id_str": "4"}, "retweeted_status": {"user": {"id_str": "5"}}}, {4, 5}),
        ({"quoted_status": {"user": {"id_str": "6"}}, "user": None}, {6}),
        ({"id": "7", "author_id": "8"}, {8}),
        ({"data": {"author_id": 12}, "author_id": "²"}, set()),
        ({"data": {"author_id": "2112345678901234567"}}, {2112345678901234567}),
        ([], set()),
        (None, set()),
    ],
)
def test_authors_are_found_in_every_form(payload: object, expected: set[int]) -> None:
    assert author_ids_of(json.dumps(payload).encode()) == expected


def test_payloads_that_cannot_be_read_have_no_author(offline_settings: Settings) -> None:
    store_payloads(offline_settings, b"\xff{", b"[" * 100_000, {"data": {"author_id": "11"}})
    assert read_author_ids(offline_settings).tolist() == [11]
