"""The records of an archive: one per tweet object or notice, with its position."""

import hashlib
from typing import NamedTuple

TWEET = "tweet"
COMPLIANCE = "compliance"
CUT_BYTES = 1024
"""The part of a line that is sent when the line is too long."""


class Piece(NamedTuple):
    """One tweet object, notice or unreadable line: its bytes and what is known about it."""

    value: bytes
    key: str | None
    format: str
    kind: str = TWEET
    rules: tuple[str, ...] = ()
    size: int | None = None


class Record(NamedTuple):
    """One record for Kafka.

    `format` is v2, v2_flat, v1, csv, unknown or oversized; `kind` is tweet or compliance; `position` is
    `<file name>#<line>.<index>`, 1-based line (CSV: data row), 0-based index in the line; `size` is the full length
    in bytes of a line that was cut, else None.
    """

    value: bytes
    key: bytes
    format: str
    kind: str
    rules: tuple[str, ...]
    position: str
    size: int | None = None


def with_place(piece: Piece, file_name: str, place: tuple[int, int], max_record_bytes: int) -> Record:
    """Return the record of `piece` at `place` (line, index); a value over the limit is cut to its first kilobyte."""
    position = f"{file_name}#{place[0]}.{place[1]}"
    size = piece.size or len(piece.value)
    key = (piece.key or hashlib.sha256(piece.value).hexdigest()[:16]).encode("utf-8", "replace")
    if size <= max_record_bytes:
        return Record(piece.value, key[:256], piece.format, piece.kind, piece.rules, position)
    return Record(piece.value[:CUT_BYTES], key[:256], "oversized", TWEET, piece.rules, position, size)


def place_of(position: str) -> tuple[int, int]:
    """Return (line, index) of a record's position; ValueError when it is not a position."""
    line, _, index = position.rpartition("#")[2].partition(".")
    return int(line), int(index)


def headers_of(record: Record, source: str) -> list[tuple[str, bytes]]:
    """The Kafka headers: source, format, rules, position, and `bytes`, the full length of a line that was cut."""
    headers = {"source": source, "format": record.format, "rules": ",".join(record.rules), "position": record.position}
    if record.size is not None:
        headers["bytes"] = str(record.size)
    return [(name, value.encode("utf-8", "replace")) for name, value in headers.items()]
