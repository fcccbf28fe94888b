"""Compliance notices: what X requires to be deleted, hidden or corrected."""

from typing import Any

from generator.posts import Post
from generator.seeds import iso

Json = dict[str, Any]


def notice(kind: str, post: Post, at_ms: int) -> Json:
    """A notice about ``post`` or its author; kinds with ``v1_`` have the format of the v1.1 stream."""
    if kind.startswith("v1_"):
        return _old(kind, post, at_ms)
    event_at = iso(at_ms)
    tweet = {"id": post.id, "author_id": post.author.user_id}
    if kind == "tweet_edit":
        ids = {"initial_tweet_id": post.history[0], "edit_tweet_ids": list(post.history)}
        return {"data": {kind: {"tweet": {"id": post.id}, **ids, "event_at": event_at}}}
    if kind in ("delete", "drop"):
        return {"data": {kind: {"tweet": tweet, "event_at": event_at}}}
    if kind == "withheld":
        return {"data": {kind: {"tweet": tweet, "withheld_in_countries": ["FR", "DE"], "event_at": event_at}}}
    user = {"id": post.author.user_id}
    if kind == "scrub_geo":
        return {"data": {kind: {"user": user, "up_to_tweet_id": post.id, "event_at": event_at}}}
    if kind == "user_withheld":
        return {"data": {kind: {"user": user, "withheld_in_countries": ["TR"], "event_at": event_at}}}
    return {"data": {kind: {"user": user, "event_at": event_at}}}


def _old(kind: str, post: Post, at_ms: int) -> Json:
    tweet_id, author_id = post.id, post.author.user_id
    if kind == "v1_delete":
        status = {"id": int(tweet_id), "id_str": tweet_id, "user_id": int(author_id), "user_id_str": author_id}
        return {"delete": {"status": status, "timestamp_ms": str(at_ms)}}
    scrub = {"user_id": int(author_id), "user_id_str": author_id}
    up_to = {"up_to_status_id": int(tweet_id), "up_to_status_id_str": tweet_id}
    return {"scrub_geo": {**scrub, **up_to, "timestamp_ms": str(at_ms)}}
