"""Why a payload will be rejected, before it is sent: the rules of `payloads.parser`, without Spark.

The names of the reasons are the parser's. A test compares the two.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from pipelines.sources.archive.pages import Object
from pipelines.sources.x.clock import EPOCH_MS, FIRST_SNOWFLAKE, SEQUENCE_BITS

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}")
_V1_TIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d:\d\d:\d\d) ([+-]\d{4}) (\d{4})")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_COUNT = re.compile(r"\s*([0-9]{1,18}(\.0*)?|-[0-9.]+)\s*")
_COUNTS = ("retweet_count", "repost_count", "reply_count", "like_count", "quote_count", "favorite_count")
_OBJECTS = ("entities", "public_metrics", "includes", "user", "place", "extended_tweet", "retweeted_status")
_ID = re.compile("[0-9]{1,19}")


class Limits(NamedTuple):
    """What a tweet may be: settings of annotate_tweets."""

    max_text_characters: int
    earliest: date
    latest: date

    @staticmethod
    def of(max_text_characters: int, earliest: str, max_future_days: int) -> "Limits":
        latest = datetime.now(UTC).date() + timedelta(days=max_future_days)
        return Limits(max_text_characters, date.fromisoformat(earliest[:10]), latest)


def fault_of(payload: Object, limits: Limits | None) -> str | None:
    """The reason for which a payload will be rejected, or None; without `limits` only what needs none."""
    inner = payload.get("data")
    tweet: Object = inner if isinstance(inner, dict) else payload
    key, text = _string(_first(tweet, "id", "id_str")), _text(payload, tweet)
    for name in _OBJECTS:
        if not isinstance(tweet.get(name), dict | None) or not isinstance(payload.get(name), dict | None):
            return "wrong_type"
    if key is None:
        return "not_a_tweet" if text is None else "missing_id"
    if not _ID.fullmatch(key) or int(key) >= 2**63:
        return "invalid_id"
    if text is None:
        return "missing_text"
    if limits and len(str(text)) > limits.max_text_characters:
        return "text_too_long"
    return _time_fault(tweet, int(key), limits) or _author_fault(payload, tweet) or _type_fault(tweet, text)


def _first(value: Object, *names: str) -> Any:
    return next((value[name] for name in names if value.get(name) is not None), None)


def _string(value: Any) -> str | None:
    return None if value is None else str(value)


def _text(payload: Object, tweet: Object) -> Any:
    for name in ("note_tweet", "note_post"):
        note = tweet.get(name)
        if isinstance(note, dict) and note.get("text") is not None:
            return note["text"]
    extended = payload.get("extended_tweet")
    if isinstance(extended, dict) and extended.get("full_text") is not None:
        return extended["full_text"]
    return _first(tweet, "full_text", "text")


def _time_fault(tweet: Object, number: int, limits: Limits | None) -> str | None:
    written = tweet.get("created_at")
    from_id = None
    if number >= FIRST_SNOWFLAKE:
        ms = (number >> SEQUENCE_BITS) + EPOCH_MS
        from_id = datetime.fromtimestamp(ms / 1000, UTC)
    created_at = None
    if written is not None:
        created_at = time_of(str(written))
        if created_at is None:
            return "invalid_created_at"
    if created_at is None and from_id is None:
        return "missing_created_at"
    times = (created_at or from_id, from_id or created_at)
    if limits and any(at is not None and not limits.earliest <= at.date() <= limits.latest for at in times):
        return "created_at_out_of_range"
    return None


@lru_cache(maxsize=256)
def time_of(text: str) -> datetime | None:
    """The time of a payload, in ISO's or v1.1's form; None for any other."""
    try:
        if _ISO.match(text):
            parsed = datetime.fromisoformat(text.strip())
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
        match = _V1_TIME.fullmatch(text)
        if match is None:
            return None
        month, day, clock, offset, year = match.groups()
        number = _MONTHS.index(month) // 3 + 1
        return datetime.fromisoformat(f"{year}-{number:02}-{day}T{clock}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _author_fault(payload: Object, tweet: Object) -> str | None:
    author, user = payload.get("author"), payload.get("user")
    found = _first(tweet, "author_id")
    for part in (author, user):
        if found is None and isinstance(part, dict):
            found = _first(part, "id_str", "id")
    return "invalid_author_id" if found is not None and not _ID.fullmatch(str(found)) else None


def _type_fault(tweet: Object, text: Any) -> str | None:
    metrics = tweet.get("public_metrics")
    counts = {**tweet, **metrics} if isinstance(metrics, dict) else tweet
    written = (counts.get(name) for name in _COUNTS)
    wrong = any(value is not None and not _COUNT.fullmatch(str(value)) for value in written)
    return "wrong_type" if wrong or isinstance(text, dict | list) else None
