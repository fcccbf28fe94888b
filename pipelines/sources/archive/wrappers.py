"""What kind of object a JSON object is, and what the wrappers of X and of other tools hold."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipelines.sources.archive.faults import Limits
from pipelines.sources.archive.lines import Reading
from pipelines.sources.archive.notices import notice_of
from pipelines.sources.archive.pages import Object
from pipelines.sources.archive.tables.frames import frame_rows, table_payload

MAX_DEPTH = 6
_FLAT_FIELDS = ("author_id", "author", "public_metrics", "edit_history_tweet_ids", "edit_history_post_ids", "__twarc")
_TEXTS = ("text", "full_text")
_PAGE_FIELDS = {"data", "includes", "errors", "meta", "__twarc"}
_LOOKUP_ERROR_FIELDS = {"resource_id", "resource_type", "parameter"}


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
    if isinstance(value.get("data"), dict):
        return "v2"
    if "id_str" in value or isinstance(value.get("user"), dict) or "full_text" in value or notice_of(value):
        return "v1"
    if "id" in value and ("text" in value or any(field in value for field in _FLAT_FIELDS)):
        return "v2_flat"
    return "unknown"


def unwrapped(value: Object, source: Source) -> Iterator[Any] | None:
    """The objects in a wrapper; None for anything that is none."""
    if "for_user" in value and isinstance(value.get("message"), dict):
        return iter([value["message"]])
    if source.account is not None and isinstance(value.get("tweet"), dict):
        return iter([{"user": source.account} | value["tweet"]])
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


def is_page(value: Object) -> bool:
    if isinstance(value.get("data"), list):
        return True
    errors = value.get("errors")
    is_lookup = isinstance(errors, list) and any(
        isinstance(one, dict) and one.keys() & _LOOKUP_ERROR_FIELDS for one in errors
    )
    is_empty = "meta" in value or "__twarc" in value or is_lookup
    return is_empty and "data" not in value and value.keys() <= _PAGE_FIELDS


def is_v2_tweet(value: Object) -> bool:
    """True for a tweet of v2, also without text; False for accounts, counts, v1.1 tweets and rows of tables."""
    if is_user(value) or ("tweet_count" in value and "id" not in value):
        return False
    return value_format(value) == "v2_flat" or not (value_format(value) == "v1" or table_payload(value) is not None)


def is_users_file(value: Object) -> bool:
    users = value.get("users")
    return isinstance(users, list) and not value.keys() & {"data", "statuses", "results", *_TEXTS}


def tweets_inside(value: Any, depth: int) -> Iterator[Object]:
    """The tweets and pages anywhere in an object of another tool; of an account none."""
    if isinstance(value, dict) and depth and is_known(value):
        yield value
    elif isinstance(value, dict | list) and depth < MAX_DEPTH and not (isinstance(value, dict) and is_user(value)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from tweets_inside(one, depth + 1)


def _has_texts(data: Any) -> bool:
    return isinstance(data, list) and any(isinstance(one, dict) and _TEXTS[0] in one for one in data)
