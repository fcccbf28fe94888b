"""Rows of gold.ticket_candidates for the desk's tests."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
"""A Monday."""
BRAND = "skyvarn"


def key(*parts: object) -> str:
    """Looks like an HMAC."""
    return sha256("|".join(map(str, parts)).encode()).hexdigest()


def a_candidate(tweet: int, conversation: int = 1, **given: Any) -> dict[str, Any]:
    """A complaint of conversation 1, written `minutes` after noon and received a second later."""
    brand = given.get("brand", BRAND)
    written = NOON + timedelta(minutes=given.pop("minutes", 0))
    return {
        "candidate_key": key("candidate", brand, tweet),
        "brand": brand,
        "tweet_id": str(tweet),
        "tweet_key": key("tweet", tweet),
        "conversation_key": key("conversation", brand, conversation),
        "problem_key": None,
        "author_key": key("author", tweet),
        "role": "complaint",
        "aim": "mention",
        "conversation_id": str(conversation),
        "replied_to_id": None,
        "lang": "en",
        "text": f"My suitcase is lost, number {tweet}",
        "text_hash": key("text", tweet),
        "category": "lost_or_damaged",
        "sentiment_score": 0.1,
        "complaint_score": 0.9,
        "followers_count": 10,
        "created_at": written,
        "received_at": written + timedelta(seconds=1),
        "model_version": "v1",
    } | given
