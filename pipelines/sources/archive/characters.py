"""Text in any encoding -> UTF-8 with line feeds, as a stream; what was assumed is logged and stored in the reading."""

import codecs
import io
import logging
import re
from collections.abc import Callable, Iterator

from charset_normalizer import from_bytes

from pipelines.sources.archive.lines import Reading
from pipelines.sources.archive.unpack import Layer
from runtime.errors import BadInput

logger = logging.getLogger("brandpulse.archive")

HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 256 * 1024
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL_CHARACTERS = (*range(1, 9), *range(14, 28), 29, *range(31, 32))
_BY_LINE = ("cp1252", "latin-1")
"""Encodings that `decode_line` reads: their lines stay as they are until then."""
_FOREIGN_SHARE = 0.25
"""Above this share of non-ASCII bytes a text is not in a Latin script."""


def as_utf8(stream: io.BufferedReader, place: str, encoding: str | None, reading: Reading) -> io.BufferedReader:
    """The stream in UTF-8, its lines ended by line feeds. `encoding` is the one to assume; None: the text shows it.

    BadInput for binary data.
    """
    head, rest = _take(stream, HEAD_BYTES)
    name = encoding or _encoding(head)
    is_wide = name is not None and name.startswith(("utf-16", "utf-32"))
    if encoding is None and not is_wide and sum(map(head.count, _CONTROL_CHARACTERS)) > len(head) // 20:
        raise BadInput(f"{place} is binary data, not text")
    chunks = rest
    if name is not None:
        reading.encoding = name
        if encoding is None:
            logger.warning(
                "%s is not UTF-8: read as %s (a line `encoding: …` in a --columns file names another)", place, name
            )
    if name is not None and (encoding is not None or name not in _BY_LINE):
        chunks = _transcoded(rest, name)
        head = head.decode(name, "replace").encode("utf-8", "replace")
    if _ends_lines_by_cr(head):
        chunks = (chunk.replace(b"\r", b"\n") for chunk in chunks)
    return io.BufferedReader(Layer(_reader(chunks)), _CHUNK_BYTES)


def decode_line(raw: bytes, place: str, reading: Reading) -> tuple[str, bool]:
    """(text, True), or (text, False) where a few bytes are not UTF-8: they are read as cp1252, with a log line once."""
    try:
        return raw.decode("utf-8"), True
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("utf-8", "surrogatepass"), False
    except UnicodeDecodeError:
        if reading.encoding is None:
            reading.encoding = "utf-8 with cp1252"
            logger.warning("%s has bytes that are not UTF-8: they are read as cp1252", place)
        return raw.decode("utf-8", _AS_CP1252), False


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    return "".join(_WINDOWS[byte] for byte in wrong), error.end


def _take(stream: io.BufferedReader, size: int) -> tuple[bytes, Iterator[bytes]]:
    """(the first bytes, all bytes). Damage that shows in the first ones is raised after them."""
    chunks: list[bytes] = []
    damage: list[Exception] = []
    taken = 0
    try:
        while taken < size and (chunk := stream.read1(size)):
            chunks.append(chunk)
            taken += len(chunk)
    except Exception as error:  # raised again below, in its place
        damage.append(error)

    def rest() -> Iterator[bytes]:
        yield from chunks
        if damage:
            raise damage[0]
        while chunk := stream.read1(_CHUNK_BYTES):
            yield chunk

    return b"".join(chunks), rest()


def _reader(chunks: Iterator[bytes]) -> Callable[[int], bytes]:
    left = b""

    def read(size: int) -> bytes:
        nonlocal left
        while not left:
            left = next(chunks, b"")
            if not left:
                return b""
        data, left = left[:size], left[size:]
        return data

    return read


def _transcoded(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(name)("replace")
    for chunk in chunks:
        if text := decoder.decode(chunk):
            yield text.encode("utf-8", "replace")
    if text := decoder.decode(b"", True):
        yield text.encode("utf-8", "replace")


def _encoding(head: bytes) -> str | None:
    """The encoding that a text's first bytes show; None for UTF-8, also where a few bytes are wrong."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    even, odd = head[0:4096:2], head[1:4096:2]
    if len(odd) > 1 and (odd.count(0) > len(odd) // 3) != (even.count(0) > len(even) // 3):
        return "utf-16-le" if odd.count(0) > even.count(0) else "utf-16-be"
    text = _SURROGATE.sub("", head.decode("utf-8", "surrogateescape"))
    wrong = len(re.findall("[\udc80-\udcff]", text[:-3]))
    right = len(re.findall("[^\x00-\x7f\udc80-\udcff]", text))
    return _eight_bit_encoding(head) if wrong > right else None


def _eight_bit_encoding(head: bytes) -> str:
    """cp1252, latin-1 where bytes are not in it; an encoding of another script only where most letters show it."""
    sample = b"\n".join(line for line in head.split(b"\n") if not line.isascii())[:16_384]
    foreign = sum(byte > 127 for byte in sample)
    if foreign > _FOREIGN_SHARE * len(sample) and (best := from_bytes(sample).best()) is not None:
        return best.encoding
    is_windows = any(0x80 <= byte < 0xA0 for byte in sample) and not any(byte in _UNDEFINED for byte in sample)
    return "cp1252" if is_windows or not any(0x80 <= byte < 0xA0 for byte in sample) else "latin-1"


def _ends_lines_by_cr(head: bytes) -> bool:
    """True when a carriage return stands before the first line feed and not beside it: what ends there is no line."""
    first = head.split(b"\n", 1)[0].rstrip(b"\r")
    return b"\r" in first


_SURROGATE = re.compile("\udced[\udca0-\udcbf][\udc80-\udcbf]")
"""Half of an emoji as three bytes, which `decode_line` reads."""
_UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_WINDOWS = [bytes([byte]).decode("latin-1" if byte in _UNDEFINED else "cp1252") for byte in range(256)]
_AS_CP1252 = "brandpulse.as_cp1252"
codecs.register_error(_AS_CP1252, _as_cp1252)
