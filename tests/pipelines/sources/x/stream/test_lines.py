"""The id of a tweet, read from bytes; and which lines are about the connection."""

import json
from typing import Any

import pytest

from pipelines.sources.x.stream.lines import is_about_the_stream, read_message, tweet_id_of

ID = 1490448039991025664
DECOYS: dict[str, Any] = {
    "entities": {"mentions": [{"start": 0, "id": "11", "username": "n"}], "urls": [{"images": [{"url": '"}]'}]}]},
    "referenced_tweets": [{"type": "retweeted", "id": "12"}],
    "text": 'a "quote", a \\ and {"id":"13"}, "data":{"id":"14"',
    "author_id": "15",
    "geo": {"coordinates": {"coordinates": [-0.5, 51]}, "place_id": "16"},
    "possibly_sensitive": False,
    "note": None,
}
AROUND: dict[str, Any] = {
    "includes": {"users": [{"id": "17"}], "tweets": [{"id": "18", "data": {"id": "19"}}]},
    "matching_rules": [{"id": "20", "tag": "data"}],
    "errors": [{"title": "data", "detail": "]}"}],
}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", " : ")])
@pytest.mark.parametrize("is_first", [True, False])
def test_the_id_is_found_in_any_order_between_others(is_first: bool, separators: tuple[str, str]) -> None:
    own = {"id": str(ID)}
    data = own | DECOYS if is_first else DECOYS | own
    line = {"data": data} | AROUND if is_first else AROUND | {"data": data}
    assert tweet_id_of(json.dumps(line, separators=separators).encode()) == ID
    assert tweet_id_of(json.dumps(line, separators=separators, indent=1).encode()) == ID


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no JSON",
        b"[]",
        b'{"id":"1","text":"no data"}',
        b'{"data":{"text":"no id"}}',
        b'{"data":{"id":1}}',
        b'{"data":[{"id":"1"}]}',
        b'{"errors":[{"id":"1","detail":"data"}]}',
        b'{"data":{"id":"12345678901234567890"}}',
    ],
)
def test_a_line_without_a_tweets_id_has_none(line: bytes) -> None:
    assert tweet_id_of(line) == 0


@pytest.mark.timeout(10)
def test_a_hostile_line_takes_no_longer_than_its_length_asks() -> None:
    for line in (
        b'{"data":{"t":"' + b'\\"' * 500_000,
        b'{"data":' * 100_000,
        b'{"a":[' * 100_000,
        b'{"a":1,' * 200_000,
    ):
        assert tweet_id_of(line) == 0


def test_a_disconnect_is_about_the_stream_and_a_fragment_is_no_message() -> None:
    notice = b'{"errors":[{"title":"operational-disconnect","disconnect_type":"SlowReader"}]}'
    assert is_about_the_stream(notice)
    assert not is_about_the_stream(b'{"notice":{"kind":"new"}}')
    assert read_message(notice[:-5]) is None
    assert read_message(b"[1]") is None
