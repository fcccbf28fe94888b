"""What X says is gone goes from every table, takes along what hangs on it, and does not come back."""

from typing import Any

from pyspark.sql import SparkSession

from conf.settings import Settings
from pipelines import balance_input
from pipelines.sources.lake import read_table
from tests.builders import NOON, a_payload, an_id
from tests.erasing import column, erase, everything, hold, key_of, put, tell

GONE, KEPT, COPY, REPLY = (an_id(number=number) for number in range(1, 5))


def a_retweet(of: str, text: str = "the coffee was fine") -> dict[str, Any]:
    references = [{"type": "retweeted", "id": of}]
    return a_payload(id=COPY, author_id="4002", text=text, referenced_tweets=references)


def test_a_deleted_tweet_goes_with_its_retweet_and_all_that_was_derived(
    spark: SparkSession, offline_settings: Settings
) -> None:
    settings = offline_settings
    quoting = a_payload(id=REPLY, author_id="4003", referenced_tweets=[{"type": "quoted", "id": GONE}])
    quoting["includes"] = {"tweets": [{"id": GONE, "text": "words to forget", "author_id": "4001"}]}
    hold(
        spark,
        settings,
        {"tweet_id": GONE, "text": "words to forget", "payload": a_payload(id=GONE, text="words to forget")},
        {"tweet_id": KEPT, "text": "words to keep", "payload": a_payload(id=KEPT, text="words to keep")},
        {"tweet_id": COPY, "kind": "retweet", "retweeted_id": GONE, "author_id": "4002", "payload": a_retweet(GONE)},
        {"tweet_id": REPLY, "kind": "quote", "quoted_id": GONE, "conversation_id": KEPT, "author_id": "4003",
         "payload": quoting},
    )  # fmt: skip
    for each in (GONE, KEPT):
        put(spark, settings, "silver.tweet_entities", {"tweet_id": each, "created_on": NOON.date()})
    before = balance_input.count_input(spark, settings)
    tell(spark, settings, ("delete", {"tweet": {"id": GONE, "author_id": "4001"}}))
    assert erase(spark, settings) == 1

    assert column(spark, settings, "silver.tweets", "tweet_id") == [KEPT, REPLY]
    assert column(spark, settings, "silver.tweet_entities", "tweet_id") == [KEPT]
    assert column(spark, settings, "silver.metric_observations", "tweet_id") == [KEPT, REPLY]
    assert column(spark, settings, "silver.tweets", "quoted_id") == [None, None]
    assert column(spark, settings, "silver.tweets", "conversation_id") == [KEPT, None]
    left = everything(spark, settings)
    assert [text for text in (GONE, COPY, "words to forget") if text in left] == []
    assert [text for text in (KEPT, REPLY, "words to keep") if text not in left] == []
    assert column(spark, settings, "restricted.tombstones", "subject_key") == sorted([key_of(GONE), key_of(COPY)])
    receipt = read_table(spark, settings, "restricted.erasure_receipts").collect()[0]
    assert (receipt["kind"], receipt["subject_key"], receipt["erased_at"] is not None) == ("delete", key_of(GONE), True)
    removed = {"bronze.tweets": 3, "silver.tweets": 2, "silver.tweet_entities": 1, "silver.metric_observations": 2}
    assert {name: count for name, count in receipt["removed"].items() if count} == removed
    after = balance_input.count_input(spark, settings)
    assert (after.distinct, after.repeats, after.erased, after.notices) == (2, 0, 2, 1)
    assert after.accounted == before.accounted + 1
