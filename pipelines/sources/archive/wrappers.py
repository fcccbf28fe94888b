"""What kind of object a JSON object is, and what the wrappers of X and of other tools hold."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from pipelines.sources.archive.faults import Limits
from pipelines.sources.archive.graphql import is_web_tweet, web_tweet
from pipelines.sources.archive.lines import Reading
from pipelines.sources.archive.notices import notice_of
from pipelines.sources.archive.pages import Object
from pipelines.sources.archive.tables.frames import frame_rows, table_payload

MAX_DEPTH = 24
"""Of wrappers in wrappers; a timeline of X's website has ten."""
_FLAT_FIELDS = ("author_id", "author", "public_metrics", "edit_history_tweet_ids", "edit_history_post_ids", "__twarc")
_TEXTS = ("text", "full_text")
_PAGE_FIELDS = {"data", "includes", "errors", "meta", "__twarc"}
_LOOKUP_ERROR_FIELDS = {"resource_id", "resource_type", "parameter"}
_ERROR_FIELDS = ("errors", "error", "title")
_TWEET_FIELDS = {"id", "id_str", *_TEXTS}


class Source(NamedTuple):
    """What is known about a file besides its content.

    `account`: the account whose own archive it is, as v1.1's `user`; `users`: {id: account} of X v2, from a file that
    belongs to it; `reading` counts what is found.
    """

    limits: Limits | None = None
    account: Object | None = None
    users: Mapping[str, Object] = {}
    reading: Reading | None = None


def is_known(value: Any) -> bool:
    """True for a tweet, a page of them, or a notice."""
    return isinstance(value, dict) and (
        (value_format(value) != "unknown" and not is_user(value)) or _has_texts(value.get("data"))
    )


def is_user(value: Object) -> bool:
    """True for an account, in v1.1's or v2's spelling."""
    return ("screen_name" in value or "username" in value) and not value.keys() & {*_TEXTS, "tweet", "content", "user"}


def value_format(value: Object) -> str:
    """Name the format of an object: v2, v2_flat, v1 or unknown."""
    data = value.get("data")
    if isinstance(data, dict) and (data.keys() & _TWEET_FIELDS or notice_of(value)):
        return "v2"
    has_author = isinstance(value.get("user"), dict) and "text" in value
    if "id_str" in value or has_author or "full_text" in value or notice_of(value):
        return "v1"
    if "id" in value and ("text" in value or any(field in value for field in _FLAT_FIELDS)):
        return "v2_flat"
    return "unknown"


def unwrapped(value: Object, source: Source) -> Iterator[Any] | None:
    """The objects in a wrapper; None for anything that is none."""
    if (inside := _in_envelope(value, source)) is not None:
        return inside
    is_tweet = any(name in value for name in (*_TEXTS, "id_str"))
    for name in ("statuses", "results", "tweets", "posts"):
        listed = value.get(name)
        if isinstance(listed, list) and not is_tweet:
            return iter([_as_page(value, listed)]) if _is_v2(listed) else iter(listed)
    rows = frame_rows(value)
    if rows is None and isinstance(value.get("id"), dict):
        found = list(value["id"].values())
        if source.reading is not None:
            source.reading.unavailable += found.count(None)
        return (one for one in found if one is not None)
    return rows


def _in_envelope(value: Object, source: Source) -> Iterator[Any] | None:
    """What X's products put around tweets: site streams, its website, webhooks, accounts, the own archive."""
    if "for_user" in value and isinstance(value.get("message"), dict):
        return iter([value["message"]])
    if is_web_tweet(value):
        return iter([web_tweet(value)])
    if isinstance(value.get("tweet_delete_events"), list):
        return _deletions(value)
    if _has_status(value):
        author = {name: each for name, each in value.items() if name != "status"}
        return iter([value["status"] | {"user": author}])
    if is_users_file(value) and any(isinstance(one, dict) and "status" in one for one in value["users"]):
        return iter(value["users"])
    if source.account is not None and isinstance(value.get("tweet"), dict):
        return iter([{"user": source.account} | value["tweet"]])
    return None


def is_row(value: Object) -> bool:
    """True for another tool's object: its text has another name than X's."""
    return not value.keys() & {*_TEXTS, "data"} and table_payload(value) is not None


def _is_v2(listed: list[Any]) -> bool:
    return any(isinstance(one, dict) and value_format(one) == "v2_flat" for one in listed)


def _as_page(value: Object, listed: list[Any]) -> Object:
    """`{"tweets": […], "users": […]}` of v2 tweets as a page of X."""
    includes = value.get("includes")
    if not isinstance(includes, dict):
        includes = {"users": value["users"]} if isinstance(value.get("users"), list) else {}
    return {"data": listed, "includes": includes}


def _deletions(value: Object) -> Iterator[Object]:
    """The notices of a webhook's event in the stream's form, and what else is in the event."""
    notices = (_deletion(one) for one in value["tweet_delete_events"] if isinstance(one, dict))
    rest = {name: each for name, each in value.items() if name != "tweet_delete_events"}
    return chain(notices, [rest] if any(isinstance(each, list) for each in rest.values()) else [])


def _deletion(event: Object) -> Object:
    status = event.get("status")
    about = status if isinstance(status, dict) else {}
    ids = {f"{name}_str": str(about[name]) for name in ("id", "user_id") if name in about}
    return {"delete": event | {"status": about | ids}}


def is_page(value: Object) -> bool:
    """True for a page of v2, also one of errors alone, and for one account with the tweets that it pinned."""
    data = value.get("data")
    if isinstance(data, list) or (isinstance(data, dict) and "id" in data and is_user(data)):
        return True
    errors = value.get("errors")
    is_lookup = isinstance(errors, list) and any(
        isinstance(one, dict) and one.keys() & _LOOKUP_ERROR_FIELDS for one in errors
    )
    is_empty = "meta" in value or "__twarc" in value or is_lookup
    return is_empty and data is None and value.keys() <= _PAGE_FIELDS


def included_tweets(page: Object) -> list[Any]:
    """The tweets among the includes of a page."""
    includes = page.get("includes")
    groups = [includes.get(name) for name in ("tweets", "posts")] if isinstance(includes, dict) else []
    return [one for group in groups if isinstance(group, list) for one in group]


def is_error(value: Object) -> bool:
    """True for X's message that a call failed."""
    return any(name in value for name in _ERROR_FIELDS) and not value.keys() & {*_TWEET_FIELDS, "includes"}


def is_v2_tweet(value: Object) -> bool:
    """True for a tweet of v2, also without text; False for accounts, counts, v1.1 tweets and rows of tables."""
    if is_user(value) or ("tweet_count" in value and "id" not in value):
        return False
    return value_format(value) == "v2_flat" or not (value_format(value) == "v1" or table_payload(value) is not None)


def is_users_file(value: Object) -> bool:
    users = value.get("users")
    return isinstance(users, list) and not value.keys() & {"data", "statuses", "results", *_TEXTS}


def tweets_inside(value: Any, depth: int) -> Iterator[Object]:
    """The tweets and pages anywhere in an object of another tool, also in JSON as a string; of an account its own."""
    if isinstance(value, str):
        value = parsed(value)
    if isinstance(value, dict) and depth and (is_known(value) or is_web_tweet(value) or _has_status(value)):
        yield value
    elif isinstance(value, dict | list) and depth < MAX_DEPTH and not (isinstance(value, dict) and is_user(value)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from tweets_inside(one, depth + 1)


def parsed(text: str) -> Any:
    """The value of a string that is JSON itself, one or one per line; None for any other."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def _has_status(value: Object) -> bool:
    return is_user(value) and isinstance(value.get("status"), dict)


def _has_texts(data: Any) -> bool:
    return isinstance(data, list) and any(isinstance(one, dict) and _TEXTS[0] in one for one in data)
