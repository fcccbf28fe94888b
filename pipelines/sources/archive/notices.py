"""Notices of X among tweets: those that are written as such, and those that are part of a tweet itself.

v1.1 notices are at the top level; those of v2's compliance streams, and ours in that form, under `data`. A tweet with
`withheld` is one; so is each line of a batch compliance job's results. An edited tweet supersedes its older versions.
"""

import json
from typing import Any

from pipelines.sources.archive.pages import Object

NOTICES = frozenset(
    (
        *("delete", "scrub_geo", "status_withheld", "user_withheld", "drop", "undrop", "withheld", "tweet_edit"),
        *("user_delete", "user_undelete", "user_protect", "user_unprotect", "user_suspend", "user_unsuspend"),
        *("user_profile_modification", "tweet_protect", "tweet_suspend"),
    )
)
STREAM_MESSAGES = frozenset(
    ("limit", "warning", "disconnect", "friends", "friends_str", "event", "control", "status_deletion", "scrub")
)
_RESULT_ACTIONS = ("delete", "scrub_geo", "suspend", "protect", "bounce", "withhold")
_HISTORIES = ("edit_history_tweet_ids", "edit_history_post_ids")


def notice_of(value: Object) -> Object | None:
    """The body of a notice, at the top level or under `data`; None for anything else."""
    for part in (value, value.get("data")):
        if isinstance(part, dict) and (body := _notice(part)) is not None:
            return body
    return None


def notice_key(notice: Object) -> str | None:
    """The id of the tweet or the account that a notice is about."""
    for name in ("status", "tweet", "user"):
        if isinstance(notice.get(name), dict):
            return id_of(notice[name])
    return id_of(notice) or text_of(notice.get("user_id_str")) or text_of(notice.get("user_id"))


def withheld_notice(tweet: Object) -> bytes | None:
    """The notice for a tweet that says of itself that it is withheld; None for any other."""
    withheld = tweet.get("withheld")
    details = withheld if isinstance(withheld, dict) else {}
    countries = details.get("country_codes") or tweet.get("withheld_in_countries") or []
    is_copyright = bool(details.get("copyright") or tweet.get("withheld_copyright"))
    if not (details or countries or is_copyright):
        return None
    reason = "copyright" if is_copyright else "withheld"
    return _tweet_notice("withheld", tweet, withheld_in_countries=countries, reason=reason)


def edit_notice(tweet: Object) -> bytes | None:
    """The notice that the older versions of this one are superseded; None for a tweet that was not edited."""
    history: list[Any] = next((tweet[name] for name in _HISTORIES if isinstance(tweet.get(name), list)), [])
    versions = [str(each) for each in history if isinstance(each, str | int)]
    if len(versions) < 2:
        return None
    return _tweet_notice("tweet_edit", tweet, initial_tweet_id=versions[0], edit_tweet_ids=versions, reason="edited")


def is_batch_result(value: Any) -> bool:
    """True for a line of the results of a batch compliance job: `{"id", "action", "redacted_at", "reason"}`."""
    return (
        isinstance(value, dict)
        and value.get("action") in _RESULT_ACTIONS
        and "id" in value
        and ("redacted_at" in value or "reason" in value)
        and not {"text", "full_text"} & value.keys()
    )


def id_of(value: Object | None) -> str | None:
    """The id of a tweet, in v1.1's or v2's spelling."""
    if value is None:
        return None
    return text_of(value.get("id_str")) or text_of(value.get("id"))


def text_of(value: Any) -> str | None:
    """An id as a string, whether it was written as a string or number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)[:64].strip() or None


def _notice(value: Object) -> Object | None:
    if "id" in value or "id_str" in value or "text" in value:
        return None
    return next((body for name, body in value.items() if name in NOTICES and isinstance(body, dict)), None)


def _tweet_notice(name: str, tweet: Object, **members: Any) -> bytes:
    user = tweet.get("user")
    author = text_of(tweet.get("author_id")) or (id_of(user) if isinstance(user, dict) else None)
    about = {"id": id_of(tweet)} | ({"author_id": author} if author else {})
    return json.dumps({"data": {name: {"tweet": about, **members}}}, separators=(",", ":")).encode()
