"""Rows and payloads for tests: a test names what it is about, the builder fills in the rest."""

import json
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession

from conf.schemas.bronze import BRONZE_TWEETS
from conf.schemas.silver import SILVER_TWEETS

TWITTER_EPOCH_MS = 1288834974657
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def an_id(at: datetime = NOON, number: int = 0) -> str:
    """A snowflake id of that moment."""
    return str((int(at.timestamp() * 1000) - TWITTER_EPOCH_MS) << 22 | number)


def a_payload(**data: Any) -> dict[str, Any]:
    """A v2 payload of one tweet; keywords replace fields of `data`, None removes one."""
    fields = {
        "id": an_id(),
        "text": "the coffee was fine",
        "author_id": "4001",
        "created_at": "2026-05-04T12:00:00.000Z",
        "lang": "en",
        "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4},
    } | data
    return {"data": {name: value for name, value in fields.items() if value is not None}}


def an_author(author_id: str = "4001", **fields: Any) -> dict[str, Any]:
    """A v2 user object for `includes.users`."""
    metrics = {"followers_count": 10, "following_count": 20, "tweet_count": 30, "listed_count": 1}
    return {
        "id": author_id,
        "username": "quiet_otter_1",
        "name": "Quiet Otter",
        "created_at": "2020-01-01T00:00:00.000Z",
        "verified": False,
        "public_metrics": metrics,
    } | fields


def a_record(payload: Any, offset: int = 0, **fields: Any) -> dict[str, Any]:
    """A Kafka record as bronze keeps it; `payload` is a dict, text or bytes. `headers` is a dict of texts."""
    value = payload if isinstance(payload, bytes) else payload.encode() if isinstance(payload, str) else None
    headers = {"source": "archive:test", "format": "v2", "rules": "", "position": f"test#{offset}.0"}
    headers |= fields.pop("headers", {})
    return {
        "topic": "tweets.raw.v1",
        "partition": 0,
        "offset": offset,
        "key": b"",
        "value": json.dumps(payload).encode() if value is None else value,
        "headers": [{"key": key, "value": text.encode()} for key, text in headers.items() if text is not None],
        "kafka_at": NOON,
        "ingested_at": NOON,
        "ingested_on": NOON.date(),
    } | fields


def records(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """A frame of `a_record`s in the shape of bronze.tweets."""
    return spark.createDataFrame([Row(**row) for row in rows], BRONZE_TWEETS)


def a_tweet(**fields: Any) -> dict[str, Any]:
    """A row of silver.tweets; every column that is not named is null or a plain default."""
    defaults = {
        "tweet_id": an_id(),
        "created_on": date(2026, 5, 4),
        "created_at": NOON,
        "brands": ["acme"],
        "author_key": "a" * 64,
        "kind": "tweet",
        "text": "the coffee was fine",
        "is_truncated": False,
        "observed_at": NOON,
    }
    unknown = set(fields) - set(SILVER_TWEETS.fieldNames())
    if unknown:
        raise TypeError(f"silver.tweets has no {', '.join(sorted(unknown))}")
    return dict.fromkeys(SILVER_TWEETS.fieldNames()) | defaults | fields


def tweets(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """A frame of `a_tweet`s in the shape of silver.tweets."""
    return spark.createDataFrame(
        [tuple(row[name] for name in SILVER_TWEETS.fieldNames()) for row in rows], SILVER_TWEETS
    )
