"""Bytes -> lines: split at line feeds only, in bounded memory; and what was read of a file so far."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from pipelines.sources.archive.record import COMPLIANCE, Piece
from runtime.errors import BadInput

MAX_LINE_BYTES = 64 * 1024 * 1024
"""Of a longer line only the first kilobyte and the length are read into memory."""
_CUT_BYTES = 1024
_BOM = b"\xef\xbb\xbf"
_MAX_KNOWN_IDS = 1_000_000
"""Ids that are remembered per file to count repeats."""


class Line(NamedTuple):
    """A line without its line end; `size` is its full length in bytes, more than `len(value)` when it was cut."""

    number: int
    value: bytes
    size: int

    @property
    def is_cut(self) -> bool:
        return self.size > len(self.value) + len(_BOM) + 2


@dataclass
class Reading:
    """The progress of a reader and what it found; the caller may look at any time.

    `tweets`, `repeats`, `notices` and `rejects` (by reason) add up to the records. `lost_tweets` are those inside
    rejects; `handle_authors` the tweets whose author is known by handle alone; `unavailable` the ids to which X
    returned no tweet; `users` the accounts that were joined to tweets.
    """

    stored_bytes: int = 0
    lines: int = 0
    blank_lines: int = 0
    tweets: int = 0
    repeats: int = 0
    notices: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    lost_tweets: int = 0
    handle_authors: int = 0
    unavailable: int = 0
    users: int = 0
    made_ids: int = 0
    encoding: str | None = None
    tool: str | None = None
    unused_columns: list[str] = field(default_factory=list)
    known_ids: set[str] = field(default_factory=set)

    @property
    def offered(self) -> int:
        """Number of records read."""
        return self.tweets + self.repeats + self.notices + sum(self.rejects.values())

    def count(self, piece: Piece) -> None:
        """Add one piece."""
        if piece.kind == COMPLIANCE:
            self.notices += 1
        elif piece.reason:
            self.rejects[piece.reason] += 1
            self.lost_tweets += piece.tweets
        elif piece.key in self.known_ids:
            self.repeats += 1
        else:
            self.tweets += 1
            if piece.key and len(self.known_ids) < _MAX_KNOWN_IDS:
                self.known_ids.add(piece.key)


def read_lines(stream: BufferedReader, reading: Reading) -> Iterator[Line]:
    """Yield every line of `stream`, blank ones too, without byte-order marks. The stream's errors are raised."""
    number = 0
    while value := stream.readline(MAX_LINE_BYTES):
        number += 1
        reading.lines += 1
        size = len(value)
        if size >= MAX_LINE_BYTES and not value.endswith(b"\n"):
            value, size = value[:_CUT_BYTES], size + _skip_rest(stream)
        value = value.rstrip(b"\n").removesuffix(b"\r")
        while value.startswith(_BOM):
            value = value.removeprefix(_BOM)
        yield Line(number, value, size)


def open_raw(path: Path) -> BufferedReader:
    """Open a file for reading bytes; BadInput when it cannot be."""
    try:
        return path.open("rb")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error


def _skip_rest(stream: BufferedReader) -> int:
    """Read to the end of a line without storing it; return the number of bytes."""
    skipped = 0
    while value := stream.readline(MAX_LINE_BYTES):
        skipped += len(value)
        if value.endswith(b"\n"):
            break
    return skipped
