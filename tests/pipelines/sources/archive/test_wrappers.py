"""Objects in which tweets hide: each is read, or is a reject that names the trouble; none is lost silently."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources.archive.lines import Reading
from pipelines.sources.archive.reader import read_archive
from tests.pipelines.sources.archive.kinds import WORDS, Outcome, at, author, flat, key, page, status, user

Object = dict[str, Any]


def without_author(number: int) -> Object:
    return {name: value for name, value in status(number).items() if name != "user"}


def account(number: int, **fields: Any) -> Object:
    """An account of v1.1."""
    return {"id": int(author(number)), "id_str": author(number), "screen_name": f"quiet_{number}"} | fields


def web_tweet(number: int, **legacy: Any) -> Object:
    """A tweet as X's website receives it."""
    person = {"rest_id": author(number), "legacy": {"screen_name": f"quiet_{number}", "followers_count": 3}}
    written = {name: value for name, value in without_author(number).items() if name not in ("id", "text")}
    return {
        "__typename": "Tweet",
        "rest_id": key(number),
        "core": {"user_results": {"result": person}},
        "legacy": written | {"full_text": WORDS[number % len(WORDS)], "user_id_str": author(number)} | legacy,
    }


def timeline(*numbers: int) -> Object:
    """A search of X's website."""
    items = [{"content": {"itemContent": {"tweet_results": {"result": web_tweet(number)}}}} for number in numbers]
    instructions = [{"type": "TimelineAddEntries", "entries": items}]
    return {"data": {"search_by_raw_query": {"search_timeline": {"timeline": {"instructions": instructions}}}}}


def cassette(body: Any) -> Object:
    """A recorded answer, as libraries store it for their tests."""
    return {"interactions": [{"request": {"body": None}, "response": {"body": {"string": body}}}]}


def read(folder: Path, content: str | Object | list[Any], name: str = "x.json") -> tuple[list[Any], Reading]:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    reading = Reading()
    return [json.loads(record.value) for record in read_archive(path, reading=reading)], reading


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (timeline(0, 1, 2), Outcome(3)),
        ({"data": {"tweetResult": {"result": web_tweet(0)}}}, Outcome(1)),
        ({"tweetResult": {"result": {"__typename": "TweetWithVisibilityResults", "tweet": web_tweet(0)}}}, Outcome(1)),
        ({"globalObjects": {"tweets": {key(n): without_author(n) for n in range(3)}, "users": {}}}, Outcome(3)),
        ({"includes": {"tweets": [flat(0), flat(1)], "users": [user(0)]}, "meta": {"result_count": 0}}, Outcome(2)),
        ({"data": [user(0)], "includes": {"tweets": [flat(1)]}}, Outcome(1)),
        ({"data": user(0), "includes": {"tweets": [flat(1)]}}, Outcome(1)),
        ({"data": user(0)}, Outcome(0, rejects={"users_only": 1})),
        (account(0, status=without_author(0)), Outcome(1)),
        ([account(0, status=without_author(0)), account(1)], Outcome(1, rejects={"users_only": 1})),
        ({"users": [account(n, status=without_author(n)) for n in range(3)], "next_cursor": 0}, Outcome(3)),
        ({"users": [account(0), account(1)]}, Outcome(0, rejects={"users_only": 1})),
        ({"event": "favorite", "source": account(0), "target_object": status(1)}, Outcome(1)),
        ({"for_user_id": "1", "tweet_create_events": [status(0), status(1)]}, Outcome(2)),
        ({"for_user_id": "1", "favorite_events": [{"id": "f0", "favorited_status": status(0)}]}, Outcome(1)),
        ({"for_user_id": "1", "tweet_delete_events": [{"status": {"id": key(0), "user_id": "3"}}]}, Outcome(0, 1)),
        ({"objects": {"tweets": {key(n): status(n) for n in range(2)}}, "response": {"timeline": []}}, Outcome(2)),
        ({"data": {"data": [flat(0), flat(1)]}}, Outcome(2)),
        ({"data": {"tweets": [flat(0), flat(1)]}}, Outcome(2)),
        ([page(0, 1), page(2)], Outcome(3)),
        ([flat(0), None, "x", flat(1)], Outcome(2, rejects={"not_an_object": 2})),
        ([[flat(0), flat(1)], [flat(2)]], Outcome(3)),
        ({"2026-05-04": [flat(0), flat(1)], "2026-05-05": [flat(2)]}, Outcome(3)),
        ({"rows": [{"id": "a", "key": "a", "doc": status(0)}]}, Outcome(1)),
        (cassette(json.dumps({"data": [flat(0), flat(1)]})), Outcome(2)),
        (cassette(f"{json.dumps(status(0))}\r\n\r\n{json.dumps(status(1))}\r\n"), Outcome(2)),
        (cassette("[not JSON"), Outcome(0, rejects={"not_a_tweet": 1})),
        (json.dumps(json.dumps(status(0))), Outcome(1)),
        ({"data": None, "errors": [{"resource_type": "tweet", "parameter": "ids", "value": "1"}]}, Outcome(0)),
        ({"errors": [{"message": "Rate limit exceeded", "code": 88}]}, Outcome(0, rejects={"error_message": 1})),
        ([key(0), key(1)], Outcome(0, rejects={"ids_only": 1})),
        ([], Outcome(0)),
    ],
)
def test_tweets_are_found_wherever_they_hide(tmp_path: Path, value: Any, expected: Outcome) -> None:
    _, reading = read(tmp_path, value)
    assert Outcome(reading.tweets, reading.notices, dict(reading.rejects)) == expected


def test_a_tweet_of_xs_website_has_its_author_its_whole_text_and_what_it_repeats(tmp_path: Path) -> None:
    quoting = web_tweet(0) | {"quoted_status_result": {"result": {"tweet": web_tweet(2)}}}
    quoting |= {"note_tweet": {"note_tweet_results": {"result": {"text": "all of it"}}}}
    retweet = web_tweet(1, retweeted_status_result={"result": web_tweet(3)})
    (first, second), _ = read(tmp_path, [quoting, retweet])
    assert (first["id_str"], first["full_text"], first["quoted_status"]["id_str"]) == (key(0), "all of it", key(2))
    assert first["user"] == {"id_str": author(0), "screen_name": "quiet_0", "followers_count": 3}
    assert (second["retweeted_status"]["user"]["id_str"], second["retweeted_status"]["id_str"]) == (author(3), key(3))


def test_the_last_tweet_of_an_account_has_it_as_its_author(tmp_path: Path) -> None:
    (tweet,), _ = read(tmp_path, account(0, status=without_author(0)))
    assert (tweet["id_str"], tweet["user"]["id_str"], "status" in tweet["user"]) == (key(0), author(0), False)


def test_a_deletion_of_a_webhook_names_the_tweet_as_the_streams_do(tmp_path: Path) -> None:
    event = {"status": {"id": key(0), "user_id": "3"}, "timestamp_ms": "1432228155593"}
    (notice,), _ = read(tmp_path, {"for_user_id": "3", "tweet_delete_events": [event]})
    assert notice["delete"]["status"] | {"id_str": key(0), "user_id_str": "3"} == notice["delete"]["status"]
    assert notice["delete"]["timestamp_ms"] == "1432228155593"


@pytest.mark.parametrize(
    "text",
    [
        "callback({});",
        "var tweets = {};",
        "Grailbird.data.tweets_2013_01 = \n{}",
        "Grailbird.data.tweets_2013_01 =\n\n{}\n",
    ],
)
def test_javascript_around_json_is_no_reject(tmp_path: Path, text: str) -> None:
    found, reading = read(tmp_path, text.format(json.dumps([status(0), status(1)], indent=1)), "2013_01.js")
    assert (len(found), dict(reading.rejects)) == (2, {})


def test_empty_lists_in_the_place_of_objects_as_r_writes_them_are_absent(tmp_path: Path) -> None:
    (tweet,), reading = read(tmp_path, [status(0, entities=[], user=[], place=[])])
    assert dict(reading.rejects) == {}
    assert not {"entities", "user", "place"} & tweet.keys()


def test_ids_that_rtweet_protects_from_spreadsheets_are_read(tmp_path: Path) -> None:
    rows = [f"x{author(n)},x{key(n)},{at(n):%Y-%m-%dT%H:%M:%SZ},quiet_{n},hello" for n in range(3)]
    content = "user_id,status_id,created_at,screen_name,text\n" + "\n".join(rows)
    found, reading = read(tmp_path, content, "rtweet.csv")
    assert [(one["data"]["id"], one["data"]["author_id"]) for one in found] == [(key(n), author(n)) for n in range(3)]
    assert reading.tool == "rtweet (R)"


def test_half_an_emoji_as_three_bytes_is_not_taken_for_cp1252(tmp_path: Path) -> None:
    path = tmp_path / "cesu.jsonl"
    path.write_bytes(b'{"id":"' + key(0).encode() + b'","text":"so late \xed\xa0\xbd\xed\xb8\x80"}\n')
    reading = Reading()
    (record,) = read_archive(path, reading=reading)
    assert (json.loads(record.value)["text"], reading.encoding) == ("so late \U0001f600", None)
