"""Finds traces in files of any format, also where compression or encoding hides them from a search of raw bytes.

Decoded: Parquet (every column, so every page and encoding), Kafka's segments (every batch in any compression), SQLite
(every row, with its log), gzip, zip. All files are also searched as raw bytes: pages of the document store, Delta's
log, text, and unused parts of files.

A trace has a form that is recognised in any bytes: an id of 19 digits, an HMAC of 64 hexadecimal digits, or a `mark`.
"""

import gzip
import io
import re
import sqlite3
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
from kafka.record import MemoryRecords

_FORMS = ((re.compile(rb"[0-9]{19,}"), 19), (re.compile(rb"[0-9a-f]{64,}"), 64), (re.compile(rb"zq[a-j]{8}"), 10))


def mark(number: int) -> str:
    """A word that occurs nowhere by chance and that masking does not change."""
    return "zq" + "".join("abcdefghij"[int(digit)] for digit in f"{number:08d}")


def search(roots: Iterable[Path], traces: set[str]) -> dict[str, set[Path]]:
    """The traces that were found, each with its files."""
    found: dict[str, set[Path]] = defaultdict(set)
    for file in sorted(each for root in roots for each in _files(root)):
        for content in contents(file):
            for trace in traces_of(content) & traces:
                found[trace].add(file)
    return dict(found)


def traces_of(content: bytes) -> set[str]:
    """Everything in `content` that has the form of a trace, also inside a longer run of its characters."""
    found = set()
    for pattern, length in _FORMS:
        for run in pattern.findall(content):
            found |= {run[start : start + length].decode() for start in range(len(run) - length + 1)}
    return found


def contents(file: Path) -> Iterator[bytes]:
    """The file's raw bytes and decoded content; nothing if the file is deleted meanwhile."""
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return
    yield raw
    for is_it, decode in _DECODERS:
        if is_it(file, raw):
            yield from decode(file, raw)


def _files(root: Path) -> Iterator[Path]:
    return iter([root]) if root.is_file() else (each for each in root.rglob("*") if each.is_file())


def _parquet(file: Path, raw: bytes) -> Iterator[bytes]:
    for batch in pq.ParquetFile(io.BytesIO(raw)).iter_batches():
        for row in batch.to_pylist():
            yield repr(row).encode()


def _segment(file: Path, raw: bytes) -> Iterator[bytes]:
    records = MemoryRecords(raw)
    while batch := records.next_batch():
        for record in batch:
            headers = [part for name, value in record.headers for part in (name.encode(), value or b"")]
            yield b"\n".join([record.key or b"", record.value or b"", *headers])


def _sqlite(file: Path, raw: bytes) -> Iterator[bytes]:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                yield repr(row).encode()
    finally:
        connection.close()


def _zip(file: Path, raw: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        yield from (archive.read(name) for name in archive.namelist())


_DECODERS: tuple[tuple[Callable[[Path, bytes], bool], Callable[[Path, bytes], Iterator[bytes]]], ...] = (
    (lambda file, raw: raw.startswith(b"PAR1"), _parquet),
    (lambda file, raw: re.fullmatch(r"\d{20}\.log(\.deleted)?", file.name) is not None, _segment),
    (lambda file, raw: raw.startswith(b"SQLite format 3\0"), _sqlite),
    (lambda file, raw: raw.startswith(b"\x1f\x8b"), lambda file, raw: iter([gzip.decompress(raw)])),
    (lambda file, raw: raw.startswith(b"PK\x03\x04"), _zip),
)
