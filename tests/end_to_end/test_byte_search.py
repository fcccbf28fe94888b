"""The search finds a planted trace in every format, so that finding none is meaningful."""

import gzip
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kafka.record.memory_records import MemoryRecordsBuilder

from tests.end_to_end.byte_search import mark, search

ID, KEY, MARK = "1790000000000000123", "ab" * 32, mark(7)
TEXT = f"a {MARK} b"


def parquet(file: Path) -> None:
    columns = {"id": [ID] * 9, "nested": [{"key": [KEY]}] * 9, "payload": [TEXT.encode()] * 9}
    pq.write_table(pa.table(columns), file, compression="gzip", write_statistics=False)


def segment(compression: int) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        builder = MemoryRecordsBuilder(2, compression, 1 << 20)
        builder.append(0, ID.encode(), TEXT.encode() * 20, [("author", KEY.encode())])
        builder.close()
        file.with_name(f"{0:020d}.log").write_bytes(builder.buffer())

    return write


def sqlite(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE t (id INTEGER, key TEXT, text TEXT)")
        connection.execute("INSERT INTO t VALUES (?, ?, ?)", (int(ID), KEY, TEXT))
    connection.close()


def as_json() -> bytes:
    return json.dumps([ID, KEY, TEXT]).encode()


def zipped(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", as_json())


FORMATS: dict[str, Callable[[Path], object]] = {
    "parquet": parquet,
    "kafka": segment(0),
    "kafka, gzip": segment(1),
    "sqlite": sqlite,
    "gzip": lambda file: file.write_bytes(gzip.compress(as_json())),
    "zip": zipped,
    "raw pages": lambda file: file.write_bytes(b"\x00\x13" + f"7{ID}f{KEY}e{TEXT}".encode() + b"\xff"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_planted_trace_is_found_in_every_format(tmp_path: Path, name: str) -> None:
    FORMATS[name](tmp_path / "planted")
    absent = {ID[:-1] + "9", "cd" * 32, mark(8)}
    assert set(search([tmp_path], {ID, KEY, MARK, *absent})) == {ID, KEY, MARK}
