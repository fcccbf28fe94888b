"""The records of an archive, format by format, and of everything that is not a tweet."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources.archive.reader import read_archive
from pipelines.sources.archive.record import Record


def a_page(**overrides: Any) -> dict[str, Any]:
    """Two tweets: one that retweets an included tweet with a place, one that mentions somebody and shows a picture."""
    page: dict[str, Any] = {
        "data": [
            {
                "id": "1",
                "author_id": "10",
                "text": "RT @b: hi",
                "referenced_tweets": [{"type": "retweeted", "id": "3"}],
            },
            {
                "id": "2",
                "author_id": "11",
                "text": "look @c",
                "attachments": {"media_keys": ["m1"]},
                "entities": {"mentions": [{"username": "C"}]},
            },
        ],
        "includes": {
            "users": [{"id": str(number), "username": name} for number, name in ((10, "a"), (11, "b"), (12, "c"))],
            "tweets": [{"id": "3", "author_id": "11", "text": "hi", "geo": {"place_id": "p1"}}],
            "places": [{"id": "p1", "country_code": "KE"}],
            "media": [{"media_key": "m1", "type": "photo"}],
        },
        "meta": {"result_count": 2},
    }
    return page | overrides


def lines_of(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def written(folder: Path, content: bytes, name: str = "tweets.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def records_of(folder: Path, *values: Any) -> list[Record]:
    return list(read_archive(written(folder, lines_of(*values))))


def test_a_page_becomes_one_record_a_tweet_with_only_the_includes_it_needs(tmp_path: Path) -> None:
    first, second = (json.loads(record.value) for record in records_of(tmp_path, a_page()))
    assert first["data"] == a_page()["data"][0]
    assert {user["id"] for user in first["includes"]["users"]} == {"10", "11"}
    assert [tweet["id"] for tweet in first["includes"]["tweets"]] == ["3"]
    assert [place["id"] for place in first["includes"]["places"]] == ["p1"]
    assert {user["id"] for user in second["includes"]["users"]} == {"11", "12"}
    assert second["includes"]["media"] == [{"media_key": "m1", "type": "photo"}]
    assert "tweets" not in second["includes"]


def test_a_page_in_the_renamed_spelling_is_split_alike(tmp_path: Path) -> None:
    page = a_page()
    page["includes"]["posts"] = page["includes"].pop("tweets")
    page["data"][0]["referenced_posts"] = page["data"][0].pop("referenced_tweets")
    first = json.loads(records_of(tmp_path, page)[0].value)
    assert [post["id"] for post in first["includes"]["posts"]] == ["3"]
    assert {user["id"] for user in first["includes"]["users"]} == {"10", "11"}


def test_a_referenced_tweet_that_is_on_the_page_itself_comes_along(tmp_path: Path) -> None:
    page = a_page()
    page["data"].append(page["includes"].pop("tweets")[0])
    first, _, third = (json.loads(record.value) for record in records_of(tmp_path, page))
    assert [tweet["id"] for tweet in first["includes"]["tweets"]] == ["3"]
    assert "tweets" not in third["includes"]


def test_page_records_have_the_tweet_id_as_key_and_a_position_each(tmp_path: Path) -> None:
    records = records_of(tmp_path, a_page(), a_page())
    assert [record.key for record in records] == [b"1", b"2", b"1", b"2"]
    assert [record.position for record in records] == [
        f"tweets.jsonl#{place}" for place in ("1.0", "1.1", "2.0", "2.1")
    ]
    assert {(record.format, record.kind) for record in records} == {("v2", "tweet")}


def test_a_search_page_without_results_holds_no_tweet(tmp_path: Path) -> None:
    assert records_of(tmp_path, {"meta": {"result_count": 0}}, {"data": []}, {"statuses": []}, []) == []


def test_what_is_no_object_on_a_page_is_kept_as_unknown(tmp_path: Path) -> None:
    records = records_of(tmp_path, {"data": [None, "x", {"id": "5", "text": "t"}]})
    assert [(record.value, record.format) for record in records[:2]] == [(b"null", "unknown"), (b'"x"', "unknown")]
    assert records[2].format == "v2"


def test_a_lone_surrogate_on_a_page_keeps_its_escape(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"data":[{"id":"1","text":"half \\ud83d"}]}\n')
    assert next(read_archive(path)).value == b'{"data":{"id":"1","text":"half \\ud83d"}}'


def test_a_stream_line_goes_on_byte_for_byte_with_its_rule_tags(tmp_path: Path) -> None:
    data = b'{"id":"7","text":"caf\\u00e9 \xe2\x80\xa8 \xc2\x85"}'
    line = (
        b'{"data": ' + data + b',"matching_rules":[{"id":"1","tag":"brand:acme"},{"id":"2"},{"id":"3","tag":"a, b"}]}'
    )
    (record,) = read_archive(written(tmp_path, line + b"\r\n"))
    assert (record.value, record.key, record.format) == (line, b"7", "v2")
    assert record.rules == ("brand:acme", "a  b")


@pytest.mark.parametrize(
    ("value", "form", "key"),
    [
        ({"id": "8", "text": "t", "author": {"id": "1"}}, "v2_flat", b"8"),
        ({"id": 9, "id_str": "9", "text": "t", "user": {"id_str": "1"}}, "v1", b"9"),
        ({"id": 9, "full_text": "t", "user": {}}, "v1", b"9"),
        ({"data": {"text": "no id"}}, "v2", None),
        ({"limit": {"track": 1234}}, "unknown", None),
        ({"warning": {"code": "FALLING_BEHIND"}}, "unknown", None),
        ({"disconnect": {"code": 4}}, "unknown", None),
        ({"errors": [{"title": "operational-disconnect"}]}, "unknown", None),
        ({"hello": "world"}, "unknown", None),
        (12, "unknown", None),
        ([1, 2, 3], "unknown", None),
    ],
)
def test_every_other_line_is_untouched_and_its_format_named(
    tmp_path: Path, value: Any, form: str, key: bytes | None
) -> None:
    (record,) = records_of(tmp_path, value)
    assert (record.value, record.format, record.kind) == (json.dumps(value).encode(), form, "tweet")
    assert record.key == key or (key is None and len(record.key) == 16)


@pytest.mark.parametrize(
    ("notice", "key"),
    [
        ({"delete": {"status": {"id_str": "21", "user_id_str": "3"}, "timestamp_ms": "1"}}, b"21"),
        ({"scrub_geo": {"user_id_str": "22", "up_to_status_id_str": "9"}}, b"22"),
        ({"status_withheld": {"id": 23, "user_id": 3, "withheld_in_countries": ["KE"]}}, b"23"),
        ({"user_withheld": {"id": 24, "withheld_in_countries": ["KE"]}}, b"24"),
        (
            {"data": {"delete": {"tweet": {"id": "25", "author_id": "3"}, "event_at": "2021-07-06T18:40:40.000Z"}}},
            b"25",
        ),
        ({"data": {"user_suspend": {"user": {"id": "26"}, "event_at": "2021-07-06T18:40:40.000Z"}}}, b"26"),
        ({"data": {"tweet_protect": {"tweet": {"id": "27"}, "reason": "protected"}}}, b"27"),
    ],
)
def test_a_notice_goes_to_compliance(tmp_path: Path, notice: Any, key: bytes) -> None:
    (record,) = records_of(tmp_path, notice)
    assert (record.kind, record.key, record.value) == ("compliance", key, json.dumps(notice).encode())


@pytest.mark.parametrize("line", [b"<html>502</html>", b'{"data":{"id":"1"', b"[" * 200_000, b"\xff\x00\xfe", b"null"])
def test_a_line_that_cannot_be_read_goes_on_unchanged(tmp_path: Path, line: bytes) -> None:
    records = list(read_archive(written(tmp_path, lines_of({"id": "1", "text": "t"}) + line + b"\n")))
    assert (records[1].value, records[1].format, records[1].kind) == (line, "unknown", "tweet")


def test_nesting_of_any_depth_stops_nothing(tmp_path: Path) -> None:
    deep = [b'{"data":[{"id":"1","x":' + b"[" * depth + b"]" * depth + b"}]}" for depth in range(900, 1100)]
    records = list(read_archive(written(tmp_path, b"\n".join(deep))))
    assert len(records) == 200
    assert {record.format for record in records} == {"v2", "unknown"}


def test_a_line_over_the_limit_is_cut_and_its_size_kept(tmp_path: Path) -> None:
    line = json.dumps({"data": {"id": "1", "text": "x" * 5000}}).encode()
    (record,) = read_archive(written(tmp_path, line + b"\n"), max_record_bytes=4000)
    assert (record.value, record.format, record.size) == (line[:1024], "oversized", len(line))


def test_a_page_over_the_limit_is_split_all_the_same(tmp_path: Path) -> None:
    page = {"data": [{"id": str(number), "text": "x" * 900} for number in range(10)]}
    records = list(read_archive(written(tmp_path, lines_of(page)), max_record_bytes=2000))
    assert Counter(record.format for record in records) == {"v2": 10}


@pytest.mark.parametrize("indent", [None, 2])
def test_one_json_document_is_read_like_lines(tmp_path: Path, indent: int | None) -> None:
    values = [{"id_str": "1", "text": "t"}, {"delete": {"status": {"id_str": "2"}}}, a_page()]
    records = list(read_archive(written(tmp_path, json.dumps(values, indent=indent).encode(), "tweets.json")))
    assert [record.key for record in records] == [b"1", b"2", b"1", b"2"]
    assert [record.position for record in records] == [f"tweets.json#1.{number}" for number in range(4)]


def test_an_array_of_objects_on_one_line_is_split(tmp_path: Path) -> None:
    records = records_of(tmp_path, {"id": "1", "text": "t"}, [{"id": "2", "text": "t"}, {"id": "3", "text": "t"}])
    assert [record.key for record in records] == [b"1", b"2", b"3"]


def test_a_folder_is_read_file_by_file_in_order_whatever_is_packed(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    written(tmp_path / "b", gzip.compress(lines_of({"id": "2", "text": "t"})), "inner.jsonl.gz")
    written(tmp_path, lines_of({"id": "1", "text": "t"}), "a.jsonl")
    written(tmp_path, b"about this folder", "README")
    assert [record.key for record in read_archive(tmp_path)] == [b"1", b"2"]


def test_reading_starts_after_a_position_even_inside_a_page(tmp_path: Path) -> None:
    path = written(tmp_path, lines_of(a_page(), a_page()))
    every = list(read_archive(path))
    assert list(read_archive(path, start=every[2].position)) == every[3:]
    assert list(read_archive(path, start=every[-1].position)) == []


def test_the_recorded_pages_offer_every_tweet_once_with_all_that_it_refers_to(shared_data: Path) -> None:
    offered, distinct, lacking = 0, set(), 0
    for record in read_archive(shared_data / "payloads/v2_search_pages.jsonl.gz"):
        payload = json.loads(record.value)
        offered += 1
        distinct.add(record.key)
        lacking += payload["data"]["author_id"] not in {user["id"] for user in payload["includes"]["users"]}
    assert (offered, len(distinct), lacking) == (11_484, 5_107, 0)


@pytest.mark.parametrize(
    ("name", "tweets", "notices"),
    [
        ("v1_coursera_three_minutes_tweets", 7338, 961),
        ("v1_twut_500", 500, 0),
        ("v1_filter_trump", 462, 0),
        ("v1_filter_apple", 275, 0),
        ("v1_filter_genetics", 33, 0),
        ("v2_filtered_stream_sample", 10, 0),
    ],
)
def test_the_recorded_payloads_are_told_apart_exactly(shared_data: Path, name: str, tweets: int, notices: int) -> None:
    kinds = Counter((record.kind, record.format) for record in read_archive(shared_data / f"payloads/{name}.jsonl.gz"))
    assert kinds == Counter({("tweet", name[:2]): tweets}) + Counter({("compliance", name[:2]): notices})
