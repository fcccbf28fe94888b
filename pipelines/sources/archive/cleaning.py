"""What other tools did to a tweet of X, undone: MongoDB's typed values, ids and dates as numbers, words for nothing.

Nothing is made up: an id that lost digits is a reason for a rejection, one that is needed only to refer is left out.
"""

from typing import Any

from pipelines.sources.archive.faults import time_of
from pipelines.sources.archive.pages import Object
from pipelines.sources.archive.tables.dates import iso_of, parse_date
from pipelines.sources.archive.tables.ids import ABSENT, is_rounded_number

_IDS = (
    *("author_id", "user_id", "conversation_id", "in_reply_to_user_id", "in_reply_to_user_id_str"),
    *("in_reply_to_status_id", "in_reply_to_status_id_str", "quoted_status_id", "quoted_status_id_str"),
)
_OBJECTS = (
    *("entities", "extended_entities", "public_metrics", "user", "place", "geo", "coordinates", "attachments"),
    *("extended_tweet", "retweeted_status", "quoted_status", "note_tweet"),
)
_MAX_DEPTH = 60


def clean_tweet(tweet: Object) -> tuple[str | None, bool]:
    """(reason for a rejection, whether the tweet was changed); changes `tweet` in place."""
    before = {name: tweet.get(name) for name in ("id", "created_at", *_IDS)}
    empty = [name for name in _OBJECTS if tweet.get(name) == []]  # so R and PHP write an object without members
    for name in empty:
        del tweet[name]
    reason = _clean_id(tweet)
    for name in _IDS:
        value = tweet.get(name)
        if isinstance(value, float) and not is_rounded_number(value):
            tweet[name] = str(int(value))
        elif isinstance(value, float) or (isinstance(value, str) and value.strip() in ABSENT):
            del tweet[name]
    created_at = tweet.get("created_at")
    if isinstance(created_at, int | float) and not isinstance(created_at, bool):
        read = parse_date(repr(created_at))
        tweet["created_at"] = iso_of(read) or str(created_at)
    elif isinstance(created_at, str) and time_of(created_at) is None and (read := parse_date(created_at)) is not None:
        tweet["created_at"] = iso_of(read)
    is_changed = any(type(was) is not type(tweet.get(name)) or was != tweet.get(name) for name, was in before.items())
    return reason, is_changed or bool(empty)


def unwrap_types(value: Any, depth: int = 0) -> Any:
    """The value without MongoDB's types: `{"$numberLong": "1"}` is "1", `{"$date": …}` its time."""
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [unwrap_types(each, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name.startswith("$"):
            return _typed(name, unwrap_types(inner, depth + 1))
    return {name: unwrap_types(inner, depth + 1) for name, inner in value.items()}


def _typed(name: str, inner: Any) -> Any:
    if name == "$date" and (isinstance(inner, int) or (isinstance(inner, str) and inner.lstrip("-").isdigit())):
        return iso_of(parse_date(str(inner))) or inner
    if name in ("$numberInt", "$numberDouble") and isinstance(inner, str):
        try:
            return int(inner) if name == "$numberInt" else float(inner)
        except ValueError:
            return inner
    return inner


def _clean_id(tweet: Object) -> str | None:
    """The reason when the only id of a tweet is a number that lost digits; a whole number becomes a string."""
    value = tweet.get("id")
    if not isinstance(value, float):
        return None
    if isinstance(tweet.get("id_str"), str):
        tweet["id"] = tweet["id_str"]
    elif is_rounded_number(value):
        return "rounded_id"
    else:
        tweet["id"] = str(int(value))
    return None
