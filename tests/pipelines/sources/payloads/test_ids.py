"""Ids are found anywhere in a payload, and counts are no ids."""

import json

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines.sources.payloads.ids import PLACE, named_ids

LONG = "1790000000000000001"
FORMS = [
    (json.dumps({"data": {"id": "11", "author_id": "12", "public_metrics": {"like_count": 77}}}), {"11", "12"}),
    (json.dumps({"includes": {"tweets": [{"id": "13", "referenced_tweets": [{"id": "14"}]}]}}), {"13", "14"}),
    (json.dumps({"id": 15, "id_str": "15", "user": {"id_str": "16"}, "retweet_count": 9}), {"15", "16"}),
    (json.dumps({"in_reply_to_status_id_str": "17", "in_reply_to_user_id": 18}), {"17", "18"}),
    (json.dumps({"data": {"edit_history_tweet_ids": [LONG], "text": f"see https://x.com/a/status/{LONG}"}}), {LONG}),
    (f'{{"data": {{"id": "19", "text": "cut short {LONG}', {"19", LONG}),
    (json.dumps({"timestamp_ms": "1439761273410", "text": "call 0123456789"}), set()),
    (f'{{"id": "{"9" * 25}"}}', set()),
    (None, None),
]


def test_ids_are_found_in_every_form(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(number, text) for number, (text, _) in enumerate(FORMS)], "n int, payload string")
    rows = frame.select("n", named_ids(F.col("payload")).alias("ids")).orderBy("n").collect()
    assert [row["ids"] and set(row["ids"]) for row in rows] == [ids or (ids if ids is None else []) for _, ids in FORMS]


def test_a_place_is_seen_where_it_may_be_told_and_null_is_none(spark: SparkSession) -> None:
    payloads = [('{"geo": {"place_id": "p"}}', True), ('{"coordinates":[1,2]}', True), ('{"geo": null}', False)]
    frame = spark.createDataFrame(payloads, "payload string, expected boolean")
    assert {row[0] for row in frame.select(F.col("payload").rlike(PLACE) == F.col("expected")).collect()} == {True}
