"""One row of a table -> an X v2 payload. Values are copied as written; only dates and ids are reformatted."""

import re
from datetime import datetime
from typing import NamedTuple

from pipelines.sources.archive.pages import Object
from pipelines.sources.archive.tables.dates import is_ambiguous, iso_of, parse_date
from pipelines.sources.archive.tables.ids import (
    derived_id,
    ends_in_zeros,
    handle_id,
    id_in_link,
    is_scientific,
    whole_id,
)
from pipelines.sources.x.clock import FIRST_SNOWFLAKE

_AUTHOR_METRICS = ("followers_count", "following_count", "tweet_count", "listed_count")
_TWEET_METRICS = ("retweet_count", "like_count", "reply_count", "quote_count", "bookmark_count", "impression_count")
_REFERENCES = (("replied_to", "replied_to_id"), ("quoted", "quoted_id"), ("retweeted", "retweeted_id"))
_REFERENCE_TYPES = {"replied_to": "replied_to", "quoted": "quoted", "retweeted": "retweeted"}
_YES = ("1", "1.0", "true", "yes", "t")


class Judgement(NamedTuple):
    """What a file shows of its ids and dates: they were rounded; they count rows; day or month comes first."""

    are_ids_rounded: bool = False
    are_authors_rounded: bool = False
    are_row_numbers: bool = False
    date_order: str | None = None


class Made(NamedTuple):
    """A payload `{"data": {...}, "includes": {"users": [...]}}`, and the reader's reason to reject it."""

    payload: Object
    reason: str | None = None
    is_handle_author: bool = False
    is_made_id: bool = False


def row_payload(row: dict[str, str], judgement: Judgement = Judgement()) -> Made:  # noqa: B008 - immutable
    """The payload of the filled fields.

    A row without id gets `derived_id`, for which a date is needed. An id that carries its own time needs no date: one
    that cannot be read, or has no time of day, is left out.
    """
    key, reason = _tweet_id(row, judgement)
    written_at = parse_date(row.get("created_at", ""), judgement.date_order)
    author_id, is_handle = _author_id(row, judgement)
    is_made = key is None and reason is None and written_at is not None
    if is_made and written_at is not None:
        key = derived_id(written_at, row.get("text", ""), author_id or "")
    elif key is None and reason is None:
        reason = _missing_date(row, judgement)
    data: Object = {
        "id": key,
        "text": row.get("text"),
        "created_at": _created_at(row.get("created_at"), written_at, key),
        "author_id": author_id,
        "lang": row.get("lang"),
        "conversation_id": whole_id(row.get("conversation_id")),
        "in_reply_to_user_id": _digits(row.get("replied_to_author_id")),
        "referenced_tweets": _references(row),
        "public_metrics": _counts(row, _TWEET_METRICS),
        "geo": _filled({"full_name": row.get("place"), "country_code": row.get("country_code")}) or None,
    }
    payload: Object = {"data": _filled(data)}
    if author_id:
        payload["includes"] = {"users": [_author(row, author_id)]}
    return Made(payload, reason, is_handle, is_made)


def brand_rule(value: str, column: str) -> str | None:
    """`KCB Bank` of the column `Bank` -> `brand:kcb`; None when no letter or digit is left."""
    name = value.strip().casefold().removesuffix(column.strip().casefold())
    slug = re.sub(r"[^a-z0-9]+", "_", name).strip("_")
    return f"brand:{slug}" if slug else None


def _tweet_id(row: dict[str, str], judgement: Judgement) -> tuple[str | None, str | None]:
    """(id, None), (None, a reason to reject), or (None, None) where the row has no id."""
    linked = id_in_link(row.get("url"))
    written = row.get("id")
    if is_scientific(written) or (judgement.are_ids_rounded and ends_in_zeros(whole_id(written) or "")):
        return (linked, None) if linked else (None, "rounded_id")
    key = None if judgement.are_row_numbers else id_in_link(written) or whole_id(written)
    return key or linked, None


def _missing_date(row: dict[str, str], judgement: Judgement) -> str | None:
    written = row.get("created_at")
    if written is None:
        return "row_number" if judgement.are_row_numbers and row.get("id") else None
    is_open = judgement.date_order is None and is_ambiguous(written)
    return "ambiguous_date" if is_open else "unreadable_date"


def _created_at(written: str | None, read: datetime | None, key: str | None) -> str | None:
    has_time = key is not None and key.isdecimal() and int(key) >= FIRST_SNOWFLAKE
    is_exact = read is not None and re.search(r":|\d\.\d+$|^\d{10,}$", (written or "").strip()) is not None
    if has_time and not is_exact:
        return None
    return iso_of(read) or written


def _author_id(row: dict[str, str], judgement: Judgement) -> tuple[str | None, bool]:
    """(the author's id, whether it is made of the handle): a name or a rounded id in its place is none."""
    written = row.get("author_id")
    given = whole_id(written)
    is_lost = is_scientific(written) or (judgement.are_authors_rounded and ends_in_zeros(given or ""))
    if given and given.isdecimal() and not is_lost:
        return given, False
    name = row.get("author_username") or (None if is_lost else given)
    return (handle_id(name), True) if name else (None, False)


def _author(row: dict[str, str], author_id: str) -> Object:
    given = row.get("author_id")
    username = row.get("author_username") or (given if given and not given[:1].isdigit() else None)
    verified = row.get("author_verified", "").strip().casefold()
    return _filled(
        {
            "id": author_id,
            "username": username.strip().lstrip("@") if username else None,
            "name": row.get("author_name"),
            "location": row.get("author_location"),
            "created_at": iso_of(parse_date(row.get("author_created_at", ""))),
            "verified": verified in _YES if verified else None,
            "public_metrics": _counts(row, _AUTHOR_METRICS),
        }
    )


def _references(row: dict[str, str]) -> list[Object] | None:
    found = [(kind, _digits(row.get(field))) for kind, field in _REFERENCES]
    kind = _REFERENCE_TYPES.get(row.get("reference_type", "").strip().casefold())
    if kind is not None:
        found.append((kind, _digits(row.get("reference_id"))))
    references: list[Object] = [{"type": kind, "id": key} for kind, key in found if key]
    is_retweet = row.get("is_retweet", "").strip().casefold() in _YES
    if is_retweet and not any(each["type"] == "retweeted" for each in references):
        references.append({"type": "retweeted"})
    return references or None


def _digits(text: str | None) -> str | None:
    """An id, from a number or a link; None for anything else."""
    key = id_in_link(text) or whole_id(text)
    return key if key and key.isdecimal() else None


def _counts(row: dict[str, str], fields: tuple[str, ...]) -> Object | None:
    values = {field: whole_id(row.get(field)) for field in fields}
    return {field: int(text) for field, text in values.items() if text and re.fullmatch(r"\d{1,18}", text)} or None


def _filled(values: Object) -> Object:
    """Without empty values: X omits empty fields and never writes null."""
    return {name: value for name, value in values.items() if value not in (None, "")}
