"""One row of a CSV -> an X v2 payload. Values are copied as written; only dates and ids are reformatted."""

import hashlib
import re
from datetime import UTC, datetime

from pipelines.sources.archive.pages import Object
from pipelines.sources.x.clock import EPOCH_MS, SEQUENCE_BITS

_DATE_FORMATS = ("%a %b %d %H:%M:%S %z %Y", "%Y-%m-%d %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z")
_AUTHOR_METRICS = ("followers_count", "following_count", "tweet_count", "listed_count")
_TWEET_METRICS = ("retweet_count", "like_count", "reply_count", "quote_count")
_REFERENCES = (("replied_to", "replied_to_id"), ("quoted", "quoted_id"), ("retweeted", "retweeted_id"))


def row_payload(row: dict[str, str]) -> Object:
    """Return `{"data": {...}, "includes": {"users": [...]}}` of the filled fields.

    A row without id gets `derived_id`. An unreadable date stays as written, and no id can be derived from it: the
    stream rejects such a row with the reason.
    """
    written_at = parse_date(row.get("created_at", ""))
    author_id = _author_id(row)
    data: Object = {
        "id": _whole(row.get("id")) or (derived_id(written_at, row.get("text", "")) if written_at else None),
        "text": row.get("text"),
        "created_at": _iso(written_at) or row.get("created_at"),
        "author_id": author_id,
        "lang": row.get("lang"),
        "referenced_tweets": _references(row),
        "public_metrics": _counts(row, _TWEET_METRICS),
    }
    payload: Object = {"data": _filled(data)}
    if author_id:
        payload["includes"] = {"users": [_author(row, author_id)]}
    return payload


def derived_id(written_at: datetime, text: str) -> str:
    """A snowflake-like id from date and text, the same in every run and for every brand.

    Milliseconds since X's epoch << 22, like X's own; the 22 low bits, and the milliseconds of a date in whole seconds,
    come from SHA-256. Dates before November 2010 become 0 milliseconds.
    """
    number = int.from_bytes(hashlib.sha256(f"{_iso(written_at)}\n{text}".encode("utf-8", "replace")).digest()[:8])
    ms = round(written_at.timestamp() * 1000)
    if ms % 1000 == 0:
        ms += (number >> 22) % 1000
    return str((max(ms - EPOCH_MS, 0) << SEQUENCE_BITS) | (number & 0x3FFFFF))


def parse_date(text: str) -> datetime | None:
    """Read ISO 8601, v1.1's format, or seconds or milliseconds since 1970; no zone means UTC. None if unreadable."""
    text = text.strip()
    try:
        if re.fullmatch(r"\d{10}|\d{13}", text):
            return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
        parsed = _parse_any(text)
        return None if parsed is None else (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def brand_rule(value: str, column: str) -> str | None:
    """`KCB Bank` of the column `Bank` -> `brand:kcb`; None when no letter or digit is left."""
    name = value.strip().casefold().removesuffix(column.strip().casefold())
    slug = re.sub(r"[^a-z0-9]+", "_", name).strip("_")
    return f"brand:{slug}" if slug else None


def _parse_any(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        for form in _DATE_FORMATS:
            try:
                return datetime.strptime(text, form).astimezone(UTC)
            except ValueError:
                continue
    return None


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def _author_id(row: dict[str, str]) -> str | None:
    """The author's id; a name in its place (or only a handle) becomes an id from its hash."""
    given = _whole(row.get("author_id"))
    if given and given.isdigit():
        return given
    name = given or row.get("author_username")
    if not name:
        return None
    digest = hashlib.sha256(name.casefold().encode("utf-8", "replace")).digest()
    return str(10**18 + int.from_bytes(digest[:7]))


def _author(row: dict[str, str], author_id: str) -> Object:
    given = row.get("author_id")
    username = row.get("author_username") or (given if given and not given[:1].isdigit() else None)
    verified = row.get("author_verified", "").strip().casefold()
    created_at = parse_date(row.get("author_created_at", ""))
    return _filled(
        {
            "id": author_id,
            "username": username,
            "name": row.get("author_name"),
            "location": row.get("author_location"),
            "created_at": _iso(created_at),
            "verified": verified in ("1", "1.0", "true", "yes") if verified else None,
            "public_metrics": _counts(row, _AUTHOR_METRICS),
        }
    )


def _references(row: dict[str, str]) -> list[Object] | None:
    found = [(kind, _whole(row.get(field))) for kind, field in _REFERENCES]
    return [{"type": kind, "id": key} for kind, key in found if key] or None


def _counts(row: dict[str, str], fields: tuple[str, ...]) -> Object | None:
    values = {field: _whole(row.get(field)) for field in fields}
    return {field: int(text) for field, text in values.items() if text and re.fullmatch(r"-?\d{1,18}", text)} or None


def _whole(text: str | None) -> str | None:
    """`16264.0`, as spreadsheet tools write integers, becomes `16264`; anything else stays as it is."""
    return re.sub(r"^(\d+)\.0+$", r"\1", text.strip()) or None if text else None


def _filled(values: Object) -> Object:
    """Without empty values: X omits empty fields and never writes null."""
    return {name: value for name, value in values.items() if value not in (None, "")}
