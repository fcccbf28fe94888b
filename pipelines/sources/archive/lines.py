"""Lines of a plain or gzip file as bytes: split at line feeds only, bounded memory, truncated files are reported."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from gzip import GzipFile
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from runtime.errors import BadInput

MAX_LINE_BYTES = 64 * 1024 * 1024
"""Of a longer line only the first kilobyte and the length are read into memory."""
_CUT_BYTES = 1024
_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line without its line end; `size` is its full length in bytes, more than `len(value)` when it was cut."""

    number: int
    value: bytes
    size: int


@dataclass
class Reading:
    """The progress of a reader; the caller may look at any time."""

    stored_bytes: int = 0
    lines: int = 0
    blank_lines: int = 0


def read_lines(path: Path, reading: Reading) -> Iterator[Line]:
    """Yield every line of `path`, blank ones too.

    BadInput after the last complete line when gzip data is truncated or damaged: the partial line before the damage is
    not yielded, so that a complete copy of the file continues exactly there.
    """
    with open_raw(path) as raw:
        stream: GzipFile | BufferedReader = GzipFile(fileobj=raw) if is_gzip(raw) else raw
        try:
            for line in _split(stream):
                reading.stored_bytes, reading.lines = raw.tell(), line.number
                yield line
        except (EOFError, zlib.error, OSError) as error:
            raise BadInput(
                f"{path} is damaged after line {reading.lines:,} (byte {raw.tell():,} of {path.stat().st_size:,}: "
                f"{error}); the lines before were read; run it again with a complete copy to continue there"
            ) from error


def open_raw(path: Path) -> BufferedReader:
    """Open a file for reading bytes; BadInput when it cannot be."""
    try:
        return path.open("rb")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error


def is_gzip(raw: BufferedReader) -> bool:
    """True when the file starts like gzip data, whatever its name."""
    return raw.peek(2)[:2] == b"\x1f\x8b"


def read_head(path: Path, length: int) -> bytes:
    """Return up to `length` bytes of the (unpacked) start of a file; fewer from a damaged one."""
    with open_raw(path) as raw:
        stream: GzipFile | BufferedReader = GzipFile(fileobj=raw) if is_gzip(raw) else raw
        chunks: list[bytes] = []
        try:
            while length > 0 and (chunk := stream.read1(min(length, 8192))):
                chunks.append(chunk)
                length -= len(chunk)
        except (EOFError, zlib.error, OSError):
            return b"".join(chunks)
        return b"".join(chunks)


def _split(stream: GzipFile | BufferedReader) -> Iterator[Line]:
    number = 0
    while value := stream.readline(MAX_LINE_BYTES):
        number += 1
        size = len(value)
        if size >= MAX_LINE_BYTES and not value.endswith(b"\n"):
            value, size = value[:_CUT_BYTES], size + _skip_rest(stream)
        value = value.removesuffix(b"\n").removesuffix(b"\r")
        yield Line(number, value.removeprefix(_BOM) if number == 1 else value, size)


def _skip_rest(stream: GzipFile | BufferedReader) -> int:
    """Read to the end of a line without storing it; return the number of bytes."""
    skipped = 0
    while value := stream.readline(MAX_LINE_BYTES):
        skipped += len(value)
        if value.endswith(b"\n"):
            break
    return skipped
