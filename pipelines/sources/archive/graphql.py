"""Tweets as X's website receives them (`rest_id`, `legacy`), as tweets of v1.1. Browsers and scrapers save these."""

from typing import Any

from pipelines.sources.archive.pages import Object

_MAX_DEPTH = 3
"""A retweet of a quote of a tweet."""


def is_web_tweet(value: Object) -> bool:
    """True for a tweet of X's website: its text, counts and entities are under `legacy`."""
    return "full_text" in _part(value, "legacy") and ("rest_id" in value or "id_str" in value["legacy"])


def web_tweet(value: Object, depth: int = 0) -> Object:
    """The tweet in v1.1's form, with its author, the retweeted and the quoted tweet, and the text of a long post."""
    legacy, key = value["legacy"], str(value.get("rest_id") or value["legacy"]["id_str"])
    tweet: Object = {name: each for name, each in legacy.items() if name != "retweeted_status_result"}
    tweet |= {"id_str": key, "id": key}
    account = _part(value, "core", "user_results", "result")
    if account:
        tweet["user"] = _part(account, "legacy") | _part(account, "core") | {"id_str": str(account.get("rest_id"))}
    elif "user_id_str" in legacy:
        tweet["user"] = {"id_str": str(legacy["user_id_str"])}
    long_text = _part(value, "note_tweet", "note_tweet_results", "result").get("text")
    if isinstance(long_text, str):
        tweet["full_text"] = long_text
    related = {"retweeted_status": _part(legacy, "retweeted_status_result", "result")}
    related["quoted_status"] = _part(value, "quoted_status_result", "result")
    for name, other in related.items():
        whole = _part(other, "tweet") or other
        if depth < _MAX_DEPTH and is_web_tweet(whole):
            tweet[name] = web_tweet(whole, depth + 1)
    return tweet


def _part(value: Object, *names: str) -> Object:
    """The object under these names; {} where there is none."""
    found: Any = value
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
