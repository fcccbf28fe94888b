"""The records of an archive: one per tweet object or notice, with its position."""

import hashlib
from typing import NamedTuple

TWEET = "tweet"
COMPLIANCE = "compliance"
CUT_BYTES = 1024
"""The part of a line that is sent when the line is too long."""


class Piece(NamedTuple):
    """One tweet object, notice or unreadable line: its bytes and what is known about it.

    `reason` is why it will be rejected, None for a tweet that is accepted; `tweets` the number of tweets in a reject
    that holds more than one object.
    """

    value: bytes
    key: str | None
    format: str
    kind: str = TWEET
    rules: tuple[str, ...] = ()
    size: int | None = None
    reason: str | None = None
    tweets: int = 0


class Record(NamedTuple):
    """One record for Kafka.

    `format` is v2, v2_flat, v1, csv, unknown or oversized; `kind` is tweet or compliance; `position` is
    `<file name>#<line>.<index>`, 1-based line (CSV: data row), 0-based index in the line; `size` is the full length
    in bytes of a line that was cut, else None; `reason` is the reader's own reason for a rejection.
    """

    value: bytes
    key: bytes
    format: str
    kind: str
    rules: tuple[str, ...]
    position: str
    size: int | None = None
    reason: str | None = None


def with_place(piece: Piece, file_name: str, place: tuple[int, int], max_record_bytes: int) -> Record:
    """Return the record of `piece` at `place` (line, index); a value over the limit is cut to its first kilobyte."""
    position = f"{file_name}#{place[0]}.{place[1]}"
    size = piece.size or len(piece.value)
    key = (piece.key or hashlib.sha256(piece.value).hexdigest()[:16]).encode("utf-8", "replace")
    if size <= max_record_bytes:
        return Record(piece.value, key[:256], piece.format, piece.kind, piece.rules, position, None, piece.reason)
    return Record(piece.value[:CUT_BYTES], key[:256], "oversized", TWEET, piece.rules, position, size)


def place_of(position: str) -> tuple[int, int]:
    """Return (line, index) of a record's position; ValueError when it is not a position."""
    line, _, index = position.rpartition("#")[2].partition(".")
    return int(line), int(index)


def headers_of(record: Record, source: str) -> list[tuple[str, bytes]]:
    """The Kafka headers: source, format, rules, position; `bytes`, the full length of a line that was cut; `reason`."""
    headers = {"source": source, "format": record.format, "rules": ",".join(record.rules), "position": record.position}
    if record.size is not None:
        headers["bytes"] = str(record.size)
    if record.reason in READER_REASONS:
        headers["reason"] = str(record.reason)
    return [(name, value.encode("utf-8", "replace")) for name, value in headers.items()]


READER_REASONS = {
    "not_json": "not JSON, or truncated JSON",
    "rounded_id": "an id that lost its last digits in a spreadsheet or as a floating-point number",
    "ambiguous_date": "a date that may be day-first or month-first, and no tweet id",
    "unreadable_date": "a date that cannot be read, and no tweet id",
    "row_number": "a row number in the place of the tweet id, and no date",
    "too_many_cells": "a row with more cells than the header has columns",
    "open_quote": "a row with a quotation mark that is not closed",
    "python_literal": "a Python literal, not JSON",
    "users_only": "accounts without their tweets",
    "tweet_counts": "counts of tweets, not tweets",
    "ids_only": "ids of tweets without their texts",
    "error_message": "a message of X that a call failed",
    "stream_message": "a message of the stream about itself",
}
"""The reasons that the reader of the file knows best; they travel with the record."""
