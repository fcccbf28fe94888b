"""The records of a post: withheld ones are notices, edited ones are followed by one."""

import json
from typing import Any

import pytest

from pipelines.sources.archive.record import COMPLIANCE, TWEET, Record
from pipelines.sources.x.record import records_of
from pipelines.sources.x.stream.buffer import Item


def a_line(**data: Any) -> bytes:
    return json.dumps({"data": {"id": "7", "author_id": "9", "text": "late"} | data}).encode()


def records(line: bytes, tweet_id: int = 7) -> list[Record]:
    return records_of(Item(line, tweet_id, "x:stream", 0.0, ("brand:acme",)), "1", 3, 10_000)


@pytest.mark.parametrize(
    "line",
    [
        a_line(edit_history_tweet_ids=["7"]),
        a_line(text='they say "withheld": true'),
        a_line(withheld={}),
        a_line(withheld=None),
        b'{"data": {"withheld": {"country_codes": ["DE"]}, "torn',
        b'{"data": "withheld", "withheld": 1}',
    ],
)
def test_any_other_line_is_one_record_byte_for_byte(line: bytes) -> None:
    (record,) = records(line)
    assert (record.value, record.kind, record.format, record.position) == (line, TWEET, "v2", "1#3.0")


@pytest.mark.parametrize("spelling", ["edit_history_tweet_ids", "edit_history_post_ids"])
def test_an_edited_post_is_followed_by_the_notice_of_its_versions(spelling: str) -> None:
    line = a_line(**{spelling: ["5", "6", "7"]})
    post, notice = records(line)
    assert (post.value, post.kind, post.position) == (line, TWEET, "1#3.0")
    assert (notice.kind, notice.key, notice.position, notice.rules) == (COMPLIANCE, b"7", "1#3.1", ("brand:acme",))
    assert json.loads(notice.value)["data"]["tweet_edit"]["edit_tweet_ids"] == ["5", "6", "7"]


def test_a_withheld_post_is_a_notice_without_its_text() -> None:
    (notice,) = records(a_line(withheld={"country_codes": ["DE"]}, edit_history_tweet_ids=["5", "7"]))
    assert (notice.kind, notice.key, notice.position) == (COMPLIANCE, b"7", "1#3.0")
    about = {"tweet": {"id": "7", "author_id": "9"}, "withheld_in_countries": ["DE"], "reason": "withheld"}
    assert json.loads(notice.value) == {"data": {"withheld": about}}


def test_a_line_without_a_post_is_unknown() -> None:
    assert [one.format for one in records(b'{"withheld": 1}', 0)] == ["unknown"]
