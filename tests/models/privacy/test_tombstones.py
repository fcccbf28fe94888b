"""What an erasure cascades to, how rows are recognised, and which references a tweet that stays loses."""

from datetime import timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.privacy import AUTHOR, TWEET
from conf.schemas.restricted import RESTRICTED_TOMBSTONES
from models.privacy.pseudonyms import build_key_frame, with_keys
from models.privacy.tombstones import (
    KEYED,
    Tombstones,
    build_index,
    spread_to_newest,
    spread_tombstones,
    with_erasure,
    with_scrubbed_references,
)
from pipelines.sinks.spark_conf import spark_conf
from tests.builders import NOON, a_tweet, tweets
from tests.conftest import SECRET, WHOLE_PLANS
from tests.erasing import key_of

PLACE = {"place_id": "p1", "full_name": "Lyon", "country_code": "FR", "longitude": None, "latitude": None}


@pytest.fixture(scope="module")
def keys(spark: SparkSession) -> DataFrame:
    return build_key_frame(spark, SECRET).persist()


def tombstones(spark: SparkSession, *rows: tuple[str, str, str], until: Any = None) -> DataFrame:
    """(subject, plain id, kind) of each, their own causes."""
    keyed = [(subject, key_of(plain), kind, subject, key_of(plain), NOON, until, None) for subject, plain, kind in rows]
    return spark.createDataFrame(keyed, RESTRICTED_TOMBSTONES)


def spread(spark: SparkSession, keys: DataFrame, rows: list[dict[str, Any]], *roots: tuple[str, str, str]) -> set[str]:
    """The tweet ids that the erasure of `roots` cascades to."""
    found = spread_tombstones(tweets(spark, *rows), keys, tombstones(spark, *roots)).collect()
    assert all(row["cause_key"] in {key_of(root[1]) for root in roots} for row in found)
    plain = {key_of(row["tweet_id"]): row["tweet_id"] for row in rows}
    return {plain[row["subject_key"]] for row in found}


def test_retweets_an_authors_tweets_and_all_versions_go_along(spark: SparkSession, keys: DataFrame) -> None:
    one, two, three = map(key_of, "123")
    rows = [
        a_tweet(tweet_id="11", author_key=one),
        a_tweet(tweet_id="12", author_key=two, kind="retweet", retweeted_id="90"),
        a_tweet(tweet_id="13", author_key=two, kind="retweet", mentioned_author_keys=[one, three]),
        a_tweet(tweet_id="14", author_key=two, kind="reply", mentioned_author_keys=[one]),
        a_tweet(tweet_id="15", author_key=two, kind="retweet", mentioned_author_keys=[three, one]),
        a_tweet(tweet_id="16", author_key=None, edit_history_ids=["91", "16"]),
        a_tweet(tweet_id="17", author_key=None, edit_history_ids=["17"]),
    ]  # fmt: skip
    roots = [(AUTHOR, "1", "protect"), (TWEET, "90", "delete"), (TWEET, "91", "delete"), (TWEET, "17", "delete")]
    assert spread(spark, keys, rows, *roots) == {"11", "12", "13", "16"}


def test_an_edit_takes_no_newer_version_and_a_scrub_takes_nothing(spark: SparkSession, keys: DataFrame) -> None:
    rows = [
        a_tweet(tweet_id="16", edit_history_ids=["91", "16"], author_key=key_of("1")),
        a_tweet(tweet_id="12", kind="retweet", retweeted_id="91", author_key=key_of("2")),
    ]
    assert spread(spark, keys, rows, (TWEET, "91", "edit"), (AUTHOR, "1", "scrub_geo")) == {"12"}


def test_the_version_that_an_edit_left_goes_when_an_older_one_is_deleted(spark: SparkSession) -> None:
    def stone(tweet: str, kind: str, newest: str | None = None) -> tuple[Any, ...]:
        return (TWEET, key_of(tweet), kind, TWEET, key_of(tweet), NOON, None, newest and key_of(newest))

    known = [stone("91", "edit", "92"), stone("91", "delete"), stone("93", "edit", "94"), stone("95", "delete")]
    (found,) = spread_to_newest(spark.createDataFrame(known, RESTRICTED_TOMBSTONES)).collect()
    assert tuple(found) == (TWEET, key_of("92"), "delete", TWEET, key_of("91"), NOON.replace(tzinfo=None), None, None)


def test_the_same_number_is_another_subject_as_an_author(spark: SparkSession, keys: DataFrame) -> None:
    rows = [a_tweet(tweet_id="11", author_key=key_of("1")), a_tweet(tweet_id="1", author_key=key_of("3"))]
    index = build_index(tombstones(spark, (TWEET, "1", "delete")))
    known = with_erasure(with_keys(tweets(spark, *rows), keys, KEYED), index).collect()
    assert {row["tweet_id"]: row["is_erased"] for row in known} == {"11": False, "1": True}


def test_a_row_is_known_by_itself_by_what_it_repeats_and_by_either_author(spark: SparkSession, keys: DataFrame) -> None:
    rows = [
        a_tweet(tweet_id="11", author_key=key_of("1")),
        a_tweet(tweet_id="12", author_key=None, kind="retweet", retweeted_id="90"),
        a_tweet(tweet_id="13", author_key=key_of("2"), kind="retweet", mentioned_author_keys=[key_of("1")]),
        a_tweet(tweet_id="90", author_key=key_of("2")),
        a_tweet(tweet_id="15", author_key=key_of("2"), mentioned_author_keys=None),
        a_tweet(tweet_id=None, author_key=None),
    ]
    index = build_index(tombstones(spark, (AUTHOR, "1", "suspend"), (TWEET, "90", "delete"), (TWEET, "90", "drop")))
    known = with_erasure(with_keys(tweets(spark, *rows), keys, KEYED), index).collect()
    assert {row["tweet_id"] for row in known if row["is_erased"]} == {"11", "12", "13", "90"}
    assert len(known) == 6
    assert with_erasure(tweets(spark, rows[0]), None).collect()[0]["is_erased"] is False


def test_a_scrubbed_place_is_empty_up_to_its_moment(spark: SparkSession, keys: DataFrame) -> None:
    later = NOON + timedelta(seconds=1)
    rows = [
        a_tweet(tweet_id="11", author_key=key_of("1"), place=PLACE),
        a_tweet(tweet_id="12", author_key=key_of("1"), place=PLACE, created_at=later),
        a_tweet(tweet_id="13", author_key=key_of("2"), place=PLACE),
    ]
    index = build_index(tombstones(spark, (AUTHOR, "1", "scrub_geo"), (TWEET, "13", "scrub_geo"), until=NOON))
    known = with_erasure(with_keys(tweets(spark, *rows), keys, KEYED), index).collect()
    assert {row["tweet_id"]: (row["place"] is None, row["is_erased"]) for row in known} == {
        "11": (True, False),
        "12": (False, False),
        "13": (True, False),
    }
    emptied = with_scrubbed_references(tweets(spark, *rows), keys, index).collect()
    assert (
        {row["tweet_id"] for row in emptied if row["place"] is None} == {"11", "13"} == {r["tweet_id"] for r in emptied}
    )


def test_a_tweet_that_stays_names_nothing_erased(spark: SparkSession, keys: DataFrame) -> None:
    full = a_tweet(
        tweet_id="11", conversation_id="90", replied_to_id="92", quoted_id="90", replied_to_author_key=key_of("1"),
        mentioned_author_keys=[key_of("1"), key_of("2")], edit_history_ids=["91", "11"], place=PLACE,
        urls=["https://x.com/quiet/status/90", "https://a.example"],
    )  # fmt: skip
    bare = a_tweet(tweet_id="12", conversation_id="90", edit_history_ids=None, mentioned_author_keys=None)
    other = a_tweet(tweet_id="13", conversation_id="92")
    index = build_index(tombstones(spark, (TWEET, "90", "delete"), (TWEET, "91", "edit"), (AUTHOR, "1", "protect")))
    rows = with_scrubbed_references(tweets(spark, full, bare, other), keys, index).orderBy("tweet_id").collect()
    first, second = (row.asDict(recursive=True) for row in rows)
    assert first == {
        "tweet_id": "11", "conversation_id": None, "replied_to_id": "92", "quoted_id": None,
        "replied_to_author_key": None, "mentioned_author_keys": [key_of("2")], "edit_history_ids": [None, "11"],
        "urls": ["https://a.example"], "place": PLACE,
    }  # fmt: skip
    assert (second["tweet_id"], second["conversation_id"], second["edit_history_ids"]) == ("12", None, None)


def test_no_row_keeps_a_link_to_x_whoever_it_names(spark: SparkSession, keys: DataFrame) -> None:
    rows = [
        a_tweet(tweet_id="11", quoted_id="92", urls=["https://twitter.com/quiet/status/92"], place=PLACE),
        a_tweet(tweet_id="12", urls=["https://a.example"]),
        a_tweet(tweet_id="13", urls=None),
    ]
    index = build_index(tombstones(spark, (TWEET, "90", "delete")))
    (row,) = with_scrubbed_references(tweets(spark, *rows), keys, index).collect()
    assert (row["tweet_id"], row["urls"], row["quoted_id"], row["place"].asDict()) == ("11", [], "92", PLACE)


def test_the_secret_is_in_no_plan(spark: SparkSession, keys: DataFrame) -> None:
    index = build_index(tombstones(spark, (TWEET, "1", "delete")))
    frame = with_scrubbed_references(tweets(spark, a_tweet()), keys, index).where(F.col("place").isNull())
    with spark_conf(spark, WHOLE_PLANS):
        plan = frame._jdf.queryExecution().toString()
    assert SECRET not in plan and SECRET.encode().hex() not in plan.lower()


STONE = ("tweet", "k", "drop", "tweet", "k", None, None, None)


def test_the_table_is_read_again_when_the_time_is_over(spark: SparkSession) -> None:
    rows: list[tuple[str | None, ...]] = []

    def read() -> DataFrame:
        return spark.createDataFrame(rows, RESTRICTED_TOMBSTONES)

    kept, at_once = Tombstones(read, 1000), Tombstones(read, 0)
    assert kept.index() is None and at_once.index() is None
    rows.append(STONE)
    found = at_once.index()
    assert kept.index() is None and found is not None
    assert [(row["subject_key"], row["is_erased"]) for row in found.collect()] == [("k", True)]
    rows.clear()
    assert at_once.index() is None
