"""Archives of tweets -> records for Kafka: X v2 pages, stream lines, flattened tweets, v1.1, CSV; plain or gzip.

Nothing is dropped: anything that is not JSON is passed on unchanged as `unknown`, a line that is too long as its first
kilobyte. Only blank lines and search pages without results, which contain no tweet, are skipped.
"""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

from pipelines.sources.archive.csv_reader import looks_like_csv, read_csv_pieces
from pipelines.sources.archive.json_reader import split_line, split_value
from pipelines.sources.archive.lines import Reading, read_head, read_lines
from pipelines.sources.archive.record import Piece, Record, place_of, with_place
from runtime.errors import BadInput

logger = logging.getLogger("brandpulse.archive")

MAX_RECORD_BYTES = 3 * 1024 * 1024
MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
"""The maximum size of a file that is one JSON document over many lines: it must fit into memory."""
_HEAD_BYTES = 64 * 1024
_ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt")
_CONTROL_CHARACTERS = (*range(9), *range(14, 32))
_MAGIC = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"PK\x03\x04": "a zip archive: unpack it first",
    b"%PDF": "a PDF",
    b"BZh": "a bzip2 file: unpack it first",
    b"\xfd7zXZ": "an xz file: unpack it first",
    b"(\xb5/\xfd": "a Zstandard file: unpack it first",
    b"\xff\xfe": "UTF-16 text: convert it to UTF-8 first",
    b"\xfe\xff": "UTF-16 text: convert it to UTF-8 first",
}


def read_archive(
    path: Path,
    column_map: dict[str, str | None] | None = None,
    start: str | None = None,
    *,
    max_record_bytes: int = MAX_RECORD_BYTES,
    reading: Reading | None = None,
) -> Iterator[Record]:
    """Yield the records of a file, or of every archive in a folder (sorted by path, sub-folders too).

    `column_map` {field: column name} overrides the guesses for CSV; `start` is the position after which to begin (one
    file only); `reading` is updated for a progress bar. BadInput when a file is not an archive, and at the end of a
    damaged gzip, after everything that could be read.
    """
    watched = reading or Reading()
    done = place_of(start) if start else (0, -1)
    for file in read_archive_paths(path):
        for place, piece in _pieces(file, column_map or {}, watched, done[0]):
            if place > done:
                yield with_place(piece, file.name, place, max_record_bytes)


def read_archive_paths(path: Path) -> list[Path]:
    """Return the files that `read_archive` reads, in its order; BadInput when there are none."""
    if not path.exists():
        raise BadInput(f"{path} does not exist")
    if not path.is_dir():
        return [path]
    inside = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    archives = [file for file in inside if file.name.removesuffix(".gz").endswith(_ENDINGS)]
    if len(inside) > len(archives):
        logger.info(
            "skipped %d files in %s: their names do not end like an archive's", len(inside) - len(archives), path
        )
    if not archives:
        raise BadInput(
            f"{path} contains no archive: no file name ends in {', '.join(_ENDINGS)} or one of these plus .gz"
        )
    return archives


def _pieces(
    path: Path, column_map: dict[str, str | None], reading: Reading, from_line: int
) -> Iterator[tuple[tuple[int, int], Piece]]:
    """Yield ((line, index), piece); lines before `from_line` are counted but not parsed."""
    head = read_head(path, _HEAD_BYTES)
    if _is_json(path, head):
        document = _read_document(path, head)
        yield from _json_pieces(path, reading, from_line) if document is None else document
    elif column_map or looks_like_csv(head):
        for number, piece in read_csv_pieces(path, column_map, reading):
            yield (number, 0), piece
    else:
        raise BadInput(
            f"{path} is neither lines of JSON nor a CSV of tweets (a header with a column such as `text` is needed; "
            "--columns FILE names others)"
        )


def _is_json(path: Path, head: bytes) -> bool:
    """True for JSON; BadInput for binary, empty or packed files."""
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            raise BadInput(f"{path} is {name}")
    if not head.strip():
        raise BadInput(f"{path} is empty, or contains no data that can be unpacked")
    if sum(map(head.count, _CONTROL_CHARACTERS)) > len(head) // 20:
        raise BadInput(f"{path} is binary data, not text")
    if any(line.lstrip(b"\xef\xbb\xbf \t\r").startswith((b"{", b"[")) for line in head.split(b"\n")):
        return True
    return path.name.removesuffix(".gz").endswith((".json", ".jsonl", ".ndjson"))


def _json_pieces(path: Path, reading: Reading, from_line: int) -> Iterator[tuple[tuple[int, int], Piece]]:
    for line in read_lines(path, reading):
        if not line.value.strip():
            reading.blank_lines += 1
        elif line.number >= from_line:
            cut = len(line.value) + 2 < line.size
            pieces = [Piece(line.value, None, "unknown", size=line.size)] if cut else split_line(line.value)
            yield from (((line.number, index), piece) for index, piece in enumerate(pieces))


def _read_document(path: Path, head: bytes) -> Iterator[tuple[tuple[int, int], Piece]] | None:
    """The pieces of a file that is one JSON value over many lines; None when it is lines of JSON."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].strip()
    if not first.startswith((b"{", b"[")) or _parses(first) or (len(first) > 2 and first.startswith(b"{")):
        return None
    text = read_head(path, MAX_DOCUMENT_BYTES + 1)
    if len(text) > MAX_DOCUMENT_BYTES:
        return None
    try:
        value = json.loads(text.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    return (((1, index), piece) for index, piece in enumerate(split_value(value)))


def _parses(line: bytes) -> bool:
    try:
        json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    return True
