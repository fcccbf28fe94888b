"""Complaints become candidates once, with their conversation, their problem and, from the raw text, their details."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from conf.settings import Settings
from conf.tables import checkpoint_path
from pipelines.sinks.lake import append_rows, create_table, update_rows
from pipelines.sources.lake import read_table, table_version
from pipelines.tickets import extract_details, find_complaints, find_problems
from runtime.key_chain import make_key
from tests.builders import NOON, a_payload, a_record, a_tweet, an_id, records, tweets
from tests.conftest import SECRET
from tests.erasing import key_of, put

BRAND, HANDLE, ACCOUNT = "skyvarn", "FlySkyvarn", "900"
ANGRY = {"sentiment": {"score": 0.1}, "complaint": {"is_complaint": True, "score": 0.7}, "category": {"label": "delay"}}
FURIOUS = ANGRY | {"complaint": {"is_complaint": True, "score": 0.95}}
CALM = {"sentiment": {"score": 0.5}, "complaint": {"is_complaint": False, "score": 0.1}}
LOST, PROMO, UNDER_PROMO, RULE_WEAK, RULE, COPY, OWN, BOT, SUNNY = (an_id(number=each) for each in range(1, 10))
CARE, LATER, OLD_STYLE, RIVAL, UNSCORED, STRANGER, EARLY = (an_id(number=each) for each in range(11, 18))
LATE, AHEAD, ANSWER, BEFORE, AHEAD_OLD, RETWEETED = (an_id(number=each) for each in range(30, 36))
LONG_AFTER, LONGER_AFTER = (an_id(NOON + timedelta(days=each), each) for each in (10, 20))
DAY = 24 * 60
FLOOD = [an_id(number=each) for each in range(20, 26)]
CAUSE = "the skyvarn app logs me out at every single check in {} and nobody answers"


def at(tweet_id: str, minute: int, **fields: Any) -> dict[str, Any]:
    """A tweet about the brand, `minute` minutes after noon, that mentions nobody and begins a conversation."""
    written = NOON + timedelta(minutes=minute)
    own = {"brands": [BRAND], "conversation_id": tweet_id, "created_at": written, "created_on": written.date()}
    offsets = {"topic": "tweets.raw.v1", "partition": 0, "offset": int(tweet_id) % 100}
    return a_tweet(tweet_id=tweet_id, **own | offsets | {"author_key": key_of(f"author {tweet_id}")} | fields)


def mention(tweet_id: str, minute: int, **fields: Any) -> dict[str, Any]:
    return at(tweet_id, minute, mentioned_author_keys=[key_of(ACCOUNT)], **ANGRY | fields)


def reply(tweet_id: str, minute: int, to: str, conversation: str | None, **fields: Any) -> dict[str, Any]:
    answered = {"kind": "reply", "replied_to_id": to, "conversation_id": conversation}
    return at(tweet_id, minute, **CALM | answered | fields)


def flood(number: int, word: str) -> dict[str, Any]:
    return mention(FLOOD[number], 30 + number, text=CAUSE.format(word))


FIRST = (
    mention(LOST, 1, text="@user my bag of [account] never came"),
    at(PROMO, 0, author_key=key_of(ACCOUNT), **CALM),
    reply(UNDER_PROMO, 5, PROMO, PROMO, replied_to_author_key=key_of(ACCOUNT), **ANGRY),
    at(RULE_WEAK, 1, **ANGRY),
    at(RULE, 1, **FURIOUS),
    mention(COPY, 2, kind="retweet", **FURIOUS),
    mention(OWN, 2, author_key=key_of(ACCOUNT), **FURIOUS),
    mention(BOT, 2, author_key=key_of("a bot"), **FURIOUS),
    mention(SUNNY, 2, sentiment={"score": 0.8}),
    mention(RIVAL, 2, brands=[f"{BRAND}:competitors", "unassigned"], **FURIOUS),
    mention(UNSCORED, 2, sentiment=None, complaint=None),
    reply(CARE, 9, LOST, LOST, author_key=key_of(ACCOUNT)),
    reply(LATER, 10, CARE, LOST, author_key=key_of(f"author {LOST}")),
    reply(EARLY, 0, LOST, LOST),
    reply(STRANGER, 12, LOST, LOST, author_key=key_of("a bot")),
    reply(AHEAD, 16, LATE, LATE),
    reply(ANSWER, 17, LATE, LATE, author_key=key_of(ACCOUNT)),
    reply(BEFORE, 3, LATE, LATE),
    reply(AHEAD_OLD, 18, LATE, None),
    mention(RETWEETED, 18, kind="retweet", conversation_id=LATE, **FURIOUS),
    flood(0, "screen"), flood(1, "page"), flood(2, "screen"),
)  # fmt: skip
SECOND = (
    reply(LONG_AFTER, 10 * DAY, LOST, LOST),
    mention(LATE, 15, text="@user you left my violin in madrid"),
    reply(OLD_STYLE, 20, CARE, None),
    flood(3, "step"), flood(4, "page"),
    mention(FLOOD[5], 36, text="my bag is lost in oslo again and the lounge was closed"),
)  # fmt: skip
THIRD = (reply(LONGER_AFTER, 20 * DAY, LOST, LOST),)


def store(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    create_table(spark, settings, "silver.tweets")
    append_rows(tweets(spark, *rows).coalesce(1), settings, "silver.tweets")


def land(spark: SparkSession, settings: Settings) -> None:
    """The record of `LOST`, which names the brand's account and, before masking, an order."""
    entities = {"mentions": [{"username": HANDLE.lower(), "id": ACCOUNT}, {"username": "another", "id": "901"}]}
    payload = a_payload(id=LOST, text="@FlySkyvarn my bag of order no. 48213-A never came", entities=entities)
    create_table(spark, settings, "bronze.tweets")
    append_rows(records(spark, a_record(payload, int(LOST) % 100)), settings, "bronze.tweets")


def always_recent(settings: Settings) -> Settings:
    asked = settings.find_complaints.model_copy(update={"max_age_days": 36500})
    return settings.model_copy(update={"find_complaints": asked})


def follow(hop: Any, spark: SparkSession, settings: Settings) -> None:
    query = hop.start(spark, settings, once=True)
    assert query.awaitTermination(240)
    assert query.exception() is None


def found(spark: SparkSession, settings: Settings) -> dict[str, Row]:
    return {row["tweet_id"]: row for row in read_table(spark, settings, find_complaints.TABLE).collect()}


def test_a_rotation_of_the_author_key_makes_no_authors(spark: SparkSession, offline_settings: Settings) -> None:
    settings = always_recent(offline_settings)
    land(spark, settings)
    store(spark, settings, *(flood(number, "screen") for number in range(3)))
    follow(find_complaints, spark, settings)
    assert len(found(spark, settings)) == 3
    rotated: dict[str, Any] = {name: f"sha2({name}, 256)" for name in ("candidate_key", "author_key")}
    update_rows(spark, settings, find_complaints.TABLE, "true", rotated)
    follow(find_problems, spark, settings)
    assert {row["problem_key"] for row in found(spark, settings).values()} == {None}, "three authors, with either key"


@pytest.mark.timeout(900)
def test_complaints_become_candidates_once_with_their_conversation_and_problem(
    spark: SparkSession, offline_settings: Settings
) -> None:
    settings = always_recent(offline_settings)
    land(spark, settings)
    profile = {"brand": BRAND, "author_key": key_of("a bot"), "is_bot_like": True, "is_brand_account": False}
    put(spark, settings, "gold.author_profiles", profile)
    store(spark, settings, *FIRST)
    follow(find_complaints, spark, settings)
    rows = found(spark, settings)
    roles = {each: (row["role"], row["aim"]) for each, row in rows.items() if each not in FLOOD}
    assert roles == {
        LOST: ("complaint", "mention"),
        PROMO: ("original", None),
        UNDER_PROMO: ("complaint", "reply"),
        RULE: ("complaint", "rule"),
        CARE: ("brand_reply", "rule"),
        LATER: ("comment", "rule"),
    }
    conversation = make_key((SECRET,), f"{BRAND}|{LOST}")
    assert {rows[each]["conversation_key"] for each in (LOST, CARE, LATER)} == {conversation}
    assert rows[PROMO]["conversation_key"] == rows[UNDER_PROMO]["conversation_key"] != conversation
    assert rows[LOST]["candidate_key"] == conversation
    assert (rows[LOST]["tweet_key"], rows[LOST]["offset"]) == (key_of(LOST), int(LOST) % 100)
    assert (rows[LOST]["category"], rows[LOST]["complaint_score"]) == ("delay", 0.7)
    follow(find_problems, spark, settings)
    assert {row["problem_key"] for row in found(spark, settings).values()} == {None}, "three authors are no problem"

    store(spark, settings, *SECOND)
    follow(find_complaints, spark, settings)
    rows = found(spark, settings)
    assert (rows[OLD_STYLE]["role"], rows[OLD_STYLE]["conversation_key"]) == ("comment", conversation)
    late = {
        each: row["role"] for each, row in rows.items() if row["conversation_key"] == rows[LATE]["conversation_key"]
    }
    assert late == {LATE: "complaint", AHEAD: "comment", AHEAD_OLD: "comment", ANSWER: "brand_reply"}
    for _ in range(2):  # the second time from the beginning, as after a kill before the first commit
        follow(find_problems, spark, settings)
        shutil.rmtree(Path(checkpoint_path(settings, "find_problems")))
    rows = found(spark, settings)
    problems = {rows[each]["problem_key"] for each in FLOOD[:5]}
    assert len(problems) == 1
    assert problems != {None}
    assert {rows[each]["problem_key"] for each in (LOST, RULE, FLOOD[5])} == {None}

    store(spark, settings, *THIRD)
    follow(find_complaints, spark, settings)
    rows = found(spark, settings)
    assert {rows[each]["role"] for each in (LONG_AFTER, LONGER_AFTER)} == {"comment"}

    version = table_version(spark, settings, find_complaints.TABLE)
    shutil.rmtree(Path(checkpoint_path(settings, "find_complaints")))
    follow(find_complaints, spark, settings)
    assert table_version(spark, settings, find_complaints.TABLE) == version

    follow(extract_details, spark, settings)
    (details,) = read_table(spark, settings, extract_details.TABLE).collect()
    assert (details["tweet_id"], [each.asDict() for each in details["details"]]) == (
        LOST,
        [{"kind": "order", "text": "48213-A"}],
    )
