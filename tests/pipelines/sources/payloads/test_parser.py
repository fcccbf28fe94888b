"""Every spelling of a payload gives the same tweet; everything else gives a reason for its rejection."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from conf.settings import load_settings
from pipelines.sources.archive.faults import Limits, fault_of
from pipelines.sources.payloads.parser import parse_payloads
from tests.builders import NOON, a_payload, a_record, an_author, an_id, records
from tests.pipelines.sources.archive.kinds import author, long_note

LIMITS = load_settings().annotate_tweets


def parse(spark: SparkSession, *payloads: Any, **fields: Any) -> list[Row]:
    rows = [a_record(payload, offset, **fields) for offset, payload in enumerate(payloads)]
    return parse_payloads(records(spark, *rows), LIMITS).orderBy("offset").collect()


def test_a_v2_payload_gives_every_column(spark: SparkSession) -> None:
    payload = a_payload(
        conversation_id="77",
        in_reply_to_user_id="9",
        referenced_tweets=[{"type": "replied_to", "id": "77"}],
        entities={
            "hashtags": [{"tag": "late"}],
            "urls": [{"expanded_url": "https://a.example"}, {"expanded_url": "https://x.com/quiet/status/9"}],
            "mentions": [{"id": "9"}],
        },
        geo={"place_id": "p1", "coordinates": {"type": "Point", "coordinates": [13.4, 52.5]}},
        edit_history_tweet_ids=["1", "2"],
    ) | {
        "includes": {
            "users": [an_author("1"), an_author("4001", location=" Berlin ")],
            "places": [{"id": "p1", "full_name": "Berlin", "country_code": "DE"}],
        },
        "matching_rules": [
            {"id": "5", "tag": "brand:acme"},
            {"id": "6"},
            {"id": "7", "tag": "brand:acme:names"},
            {"id": "8", "tag": "brand:gamma:competitors"},
        ],
    }
    (row,) = parse(spark, payload, headers={"rules": "brand:beta,other"})
    assert row["reason"] is None
    assert (row["kind"], row["replied_to_id"], row["conversation_id"]) == ("reply", "77", "77")
    assert row["created_at"] == datetime(2026, 5, 4, 12) and row["created_on"] == date(2026, 5, 4)
    assert row["metrics"].asDict() == {
        "retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4,
        "bookmark_count": None, "impression_count": None,
    }  # fmt: skip
    assert (row["hashtags"], row["urls"], row["mentioned_author_ids"]) == (["late"], ["https://a.example"], ["9"])
    assert row["place"].asDict() == {
        "place_id": "p1", "full_name": "Berlin", "country_code": "DE", "longitude": 13.4, "latitude": 52.5
    }  # fmt: skip
    assert (row["author"]["followers_count"], row["author"]["location"]) == (10, "Berlin")
    assert row["brands"] == ["acme", "beta", "gamma:competitors"]
    assert row["edit_history_ids"] == ["1", "2"]


def test_all_versions_of_a_post_are_in_the_conversation_of_the_first(spark: SparkSession) -> None:
    versions = {"edit_history_tweet_ids": ["1", "2"]}
    payloads = [
        a_payload(id="2", conversation_id="2", **versions),
        a_payload(id="2", **versions),
        a_payload(id="2", conversation_id="9", **versions),
        a_payload(id="2", conversation_id="2", edit_history_tweet_ids=["2"]),
        a_payload(id="2", edit_history_tweet_ids=["2"]),
    ]
    assert [row["conversation_id"] for row in parse(spark, *payloads)] == ["1", "1", "9", "2", None]


def test_both_spellings_of_v2_give_the_same_tweet(spark: SparkSession) -> None:
    old = a_payload(
        public_metrics={"retweet_count": 7},
        note_tweet={"text": "a long note"},
        edit_history_tweet_ids=["1"],
        referenced_tweets=[{"type": "quoted", "id": "8"}],
    )
    new = a_payload(
        public_metrics={"repost_count": 7},
        note_post={"text": "a long note"},
        edit_history_post_ids=["1"],
        referenced_posts=[{"type": "quoted", "id": "8"}],
    )
    first, second = (row.asDict() for row in parse(spark, old, new))
    for name in ("offset", "position", "payload_bytes"):
        first.pop(name), second.pop(name)
    assert first == second
    assert (first["text"], first["kind"], first["metrics"]["retweet_count"]) == ("a long note", "quote", 7)


def test_a_flattened_v2_tweet_is_read_from_the_top_level(spark: SparkSession) -> None:
    (row,) = parse(spark, a_payload()["data"] | {"author": an_author(), "geo": {"id": "p1", "full_name": "Berlin"}})
    assert (row["reason"], row["text"], row["author"]["following_count"]) == (None, "the coffee was fine", 20)
    assert row["place"]["full_name"] == "Berlin"


def a_status(**fields: Any) -> dict[str, Any]:
    user = {"id_str": "9", "followers_count": 5, "friends_count": -3, "verified": False, "location": ""}
    return {
        "id": int(an_id()),
        "id_str": an_id(),
        "created_at": "Mon May 04 12:00:00 +0000 2026",
        "text": "cut of\u2026",
        "user": user,
        "favorite_count": 4,
        "geo": {"type": "Point", "coordinates": [52.5, 13.4]},
        "coordinates": {"type": "Point", "coordinates": [13.4, 52.5]},
    } | fields


def test_a_v1_status_gives_its_extended_text_and_counts(spark: SparkSession) -> None:
    extended = {"full_text": "cut off no more", "entities": {"hashtags": [{"text": "late"}], "user_mentions": []}}
    (row,) = parse(spark, a_status(truncated=True, extended_tweet=extended))
    assert (row["reason"], row["text"], row["hashtags"]) == (None, "cut off no more", ["late"])
    assert row["metrics"]["like_count"] == 4
    assert (row["author"]["following_count"], row["author"]["location"]) == (None, None)
    assert (row["created_at"], row["place"]["longitude"]) == (datetime(2026, 5, 4, 12), 13.4)


@pytest.mark.parametrize(
    "retweet",
    [
        a_status(
            text="RT @a: the whole st\u2026",
            retweeted_status={"id_str": "5", "text": "x", "extended_tweet": {"full_text": "the whole story"}},
        ),
        a_payload(text="RT @a: the whole st\u2026", referenced_tweets=[{"type": "retweeted", "id": "5"}])
        | {"includes": {"tweets": [{"id": "5", "text": "the whole story"}]}},
        a_payload(text="RT @a: the whole st\u2026", referenced_posts=[{"type": "retweeted", "id": "5"}])
        | {"includes": {"posts": [{"id": "5", "text": "the who", "note_post": {"text": "the whole story"}}]}},
    ],
)
def test_a_retweet_carries_the_whole_text_of_what_it_repeats(spark: SparkSession, retweet: dict[str, Any]) -> None:
    (row,) = parse(spark, retweet)
    assert (row["kind"], row["text"], row["is_truncated"], row["retweeted_id"]) == (
        "retweet", "the whole story", False, "5"
    )  # fmt: skip


def test_a_retweet_without_its_original_says_that_it_is_cut(spark: SparkSession) -> None:
    payload = a_payload(text="RT @a: the whole st\u2026", referenced_tweets=[{"type": "retweeted", "id": "5"}])
    (row,) = parse(spark, payload)
    assert (row["text"], row["is_truncated"]) == ("the whole st\u2026", True)


def test_a_snowflake_tells_the_time_that_a_payload_leaves_out(spark: SparkSession) -> None:
    (row,) = parse(spark, {"data": {"id": an_id(), "text": "x"}})
    assert (row["reason"], row["created_at"], row["author_id"]) == (None, datetime(2026, 5, 4, 12), None)


def test_created_on_follows_the_id_whatever_a_payload_claims(spark: SparkSession) -> None:
    (row,) = parse(spark, a_payload(created_at="2026-05-03T23:59:59.000Z"))
    assert (row["reason"], row["created_on"]) == (None, date(2026, 5, 4))


def test_counts_written_as_fractions_are_read_and_those_below_zero_are_absent(spark: SparkSession) -> None:
    (row,) = parse(spark, a_payload(public_metrics={"like_count": "16264.0", "reply_count": -3}))
    assert (row["reason"], row["metrics"]["like_count"], row["metrics"]["reply_count"]) == (None, 16264, None)


def test_a_count_beyond_64_bits_or_a_word_is_never_another_number(spark: SparkSession) -> None:
    followers = {"followers_count": 10**19, "following_count": "many", "tweet_count": -1, "listed_count": 7}
    users = {"includes": {"users": [an_author(public_metrics=followers)]}}
    good, large = parse(spark, a_payload() | users, a_payload(public_metrics={"like_count": 10**30}))
    assert [good["author"][name] for name in followers] == [None, None, None, 7]
    assert (large["reason"], large["detail"]) == ("wrong_type", "like_count")


def test_a_long_note_and_a_retweets_original_give_their_mentions_and_hashtags(spark: SparkSession) -> None:
    note, retweet = (parse(spark, payload)[0] for payload in long_note())
    assert (note["mentioned_author_ids"], note["hashtags"]) == (["99"], ["lostbag"])
    assert (retweet["mentioned_author_ids"], retweet["hashtags"]) == ([author(9), "99"], ["lostbag"])


def test_a_withheld_tweet_is_never_scored_and_a_retweet_of_what_is_unknown_is_one(spark: SparkSession) -> None:
    payloads = [
        a_payload(withheld={"copyright": True, "country_codes": ["XY"]}),
        a_status(withheld_in_countries=["XX"]),
        a_status(withheld_in_countries=[], withheld_copyright=False),
        a_payload(referenced_tweets=[{"type": "retweeted"}]),
    ]
    rows = parse(spark, *payloads)
    assert [row["reason"] for row in rows] == ["withheld", "withheld", None, None]
    assert (rows[3]["kind"], rows[3]["retweeted_id"]) == ("retweet", None)


def test_the_reason_that_the_reader_of_a_file_states_is_the_reason(spark: SparkSession) -> None:
    first, second = parse(spark, a_payload(), headers={"reason": "rounded_id"}) + parse(
        spark, a_payload(), headers={"reason": "anything"}
    )
    assert (first["reason"], second["reason"]) == ("rounded_id", None)


def test_the_reader_predicts_the_parsers_reasons(spark: SparkSession) -> None:
    objects = [payload for payload, _ in BAD if isinstance(payload, dict)] + [a_payload(), a_status(favorite_count="x")]
    limits = Limits.of(LIMITS.max_text_characters, LIMITS.earliest, LIMITS.max_future_days)
    # The dates of these payloads are not in the future of today.
    predicted = [fault_of(json.loads(json.dumps(payload)), limits) for payload in objects]
    assert predicted == [row["reason"] for row in parse(spark, *objects, kafka_at=datetime.now(UTC))]


def test_a_byte_order_mark_and_half_a_surrogate_do_no_harm(spark: SparkSession) -> None:
    payload = json.dumps(a_payload(text="half \ud83d a pair")).encode()
    rows = parse(spark, payload, b"\xef\xbb\xbf" + payload)
    assert [row["reason"] for row in rows] == [None, None]
    assert {row["text"] for row in rows} == {"half ? a pair"}


BAD: list[tuple[Any, str]] = [
    (b"", "empty"),
    (b"   ", "empty"),
    (b"nope", "not_json"),
    (b'{"data":{"id":"1', "not_json"),
    (b"\xff\xfe{", "not_json"),
    (b"<html><body>502</body></html>", "not_json"),
    (b"[1, 2]", "not_an_object"),
    (b'"text"', "not_an_object"),
    ({}, "not_a_tweet"),
    ({"limit": {"track": 12}}, "not_a_tweet"),
    ({"data": [1]}, "wrong_type"),
    (a_payload(public_metrics=[]), "wrong_type"),
    (a_payload(public_metrics={"like_count": "many"}), "wrong_type"),
    (a_payload(entities="none"), "wrong_type"),
    (a_payload(text={"en": "x"}), "wrong_type"),
    (a_payload(text=["x"]), "wrong_type"),
    (a_payload(id=None), "missing_id"),
    (a_payload(id="abc"), "invalid_id"),
    (a_payload(id="9" * 20), "invalid_id"),
    (a_payload(text=None), "missing_text"),
    (a_payload(text="x" * 300_000), "text_too_long"),
    (a_payload(created_at="yesterday"), "invalid_created_at"),
    (a_payload(created_at="1970-01-01T00:00:00.000Z"), "created_at_out_of_range"),
    (a_payload(created_at="2199-01-01T00:00:00.000Z"), "created_at_out_of_range"),
    (a_payload(id=an_id(NOON + timedelta(days=400)), created_at=None), "created_at_out_of_range"),
    (a_payload(id="12345", created_at=None), "missing_created_at"),
    (a_payload(author_id="someone"), "invalid_author_id"),
]


def test_everything_else_gives_its_reason(spark: SparkSession) -> None:
    rows = parse(spark, *(payload for payload, _ in BAD))
    assert [row["reason"] for row in rows] == [reason for _, reason in BAD]
    assert [row["detail"] for row in rows if row["reason"] == "wrong_type"] == [
        None, None, "like_count", None, "text", "text"
    ]  # fmt: skip


def test_a_text_that_looks_like_json_is_a_text(spark: SparkSession) -> None:
    rows = parse(spark, a_payload(text="[sigh] not again"), a_payload(text='{"so": "what"}'))
    assert [row["reason"] for row in rows] == [None, None]


@pytest.mark.parametrize(("own", "reason"), [(None, "missing_text"), ("x" * 300_000, "text_too_long")])
def test_a_retweet_whose_own_text_is_wrong_is_left_behind(spark: SparkSession, own: str | None, reason: str) -> None:
    payload = a_payload(text=own, referenced_tweets=[{"type": "retweeted", "id": "5"}])
    (row,) = parse(spark, payload | {"includes": {"tweets": [{"id": "5", "text": "the whole story"}]}})
    assert row["reason"] == reason


def test_a_line_that_the_collector_cut_says_that_it_was_too_large(spark: SparkSession) -> None:
    (row,) = parse(spark, b'{"data": {"id"', headers={"format": "oversized"})
    assert row["reason"] == "too_large"


def test_offsets_and_origin_stay_with_every_row(spark: SparkSession) -> None:
    (row,) = parse(spark, b"nope", partition=3)
    assert (row["topic"], row["partition"], row["offset"], row["source"], row["position"]) == (
        "tweets.raw.v1", 3, 0, "archive:test", "test#0.0"
    )  # fmt: skip
    assert row["kafka_at"].replace(tzinfo=UTC) == NOON
