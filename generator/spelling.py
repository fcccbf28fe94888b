"""The renamed contract (2.167): the same objects with post names."""

from typing import Any

RENAMED = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "note_tweet": "note_post",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
    "pinned_tweet_id": "pinned_post_id",
}


def respell(value: Any) -> Any:
    """A payload with the new names of all renamed fields; not for compliance notices, which keep theirs."""
    if isinstance(value, dict):
        return {RENAMED.get(key, key): _scope(key, respell(item)) for key, item in value.items()}
    if isinstance(value, list):
        return [respell(item) for item in value]
    return value


def _scope(key: str, value: Any) -> Any:
    return "post" if key == "scope" and value == "tweet" else value
