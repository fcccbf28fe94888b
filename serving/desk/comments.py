"""Rows of gold.ticket_candidates as desk_comment: a candidate that is read again changes nothing but its role."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runtime.times import in_utc
from serving.desk.models import Comment, Erasure
from serving.desk.states import TweetRole

COLUMNS = (
    *("candidate_key", "brand", "tweet_id", "tweet_key", "conversation_key", "problem_key", "author_key", "role"),
    *("replied_to_id", "lang", "region", "text", "text_hash", "category", "sentiment_score", "complaint_score"),
    *("followers_count", "created_at", "received_at", "model_version"),
)
"""The columns of the table that the desk reads; `region` where it exists."""
ERASED: dict[str, Any] = {
    **dict.fromkeys(("tweet_id", "replied_to_id", "author_key", "text", "text_hash", "region"), ""),
    "followers_count": 0,
}
"""What an erasure leaves of the columns that may identify somebody."""
_TEXTS = ("author_key", "replied_to_id", "lang", "region", "text", "text_hash", "category", "model_version")


def store_comment(row: Mapping[str, Any], now: datetime) -> tuple[Comment, bool]:
    """The comment of a candidate, and whether it is new. A comment that turns out to be a complaint becomes one."""
    known = find_comment(row)
    if known is None:
        values = _values(row)
        if Erasure.objects.filter(tweet_key=row["tweet_key"]).exists():  # erased before it came
            values |= ERASED | {"erased_at": now}
        created: Comment = Comment.objects.create(**values, taken_in_at=now)
        return created, True
    if known.erased_at is None and known.role != row["role"] and row["role"] == TweetRole.COMPLAINT:
        known.role = row["role"]
        known.save(update_fields=["role"])
    return known, False


def find_comment(row: Mapping[str, Any]) -> Comment | None:
    """By the tweet's key; by its id where the author key's secret was rotated and the desk's keys were not yet."""
    comments = Comment.objects.select_related("ticket").filter(brand=row["brand"])
    by_key: Comment | None = comments.filter(tweet_key=row["tweet_key"]).first()
    return by_key or comments.filter(tweet_id=row["tweet_id"]).exclude(tweet_id="").first()


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    written = in_utc(row["created_at"])
    return {
        **{name: row[name] for name in ("brand", "conversation_key", "candidate_key", "tweet_id", "tweet_key", "role")},
        **{name: _fitting(name, row.get(name) or "") for name in _TEXTS},
        "sentiment_score": row.get("sentiment_score"),
        "complaint_score": row.get("complaint_score"),
        "followers_count": row.get("followers_count") or 0,
        "created_at": written,
        "received_at": in_utc(row["received_at"]) if row.get("received_at") else written,
    }


def _fitting(name: str, value: str) -> str:
    """What PostgreSQL takes: no NUL, and no more characters than the column has. SQLite would take anything."""
    return value.replace("\x00", "")[: Comment._meta.get_field(name).max_length]
