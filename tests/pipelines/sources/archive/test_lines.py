"""How an archive's bytes become lines, and the message for a file that is damaged or not an archive."""

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources.archive.lines import Reading
from pipelines.sources.archive.reader import read_archive
from pipelines.sources.archive.record import Record
from runtime.errors import BadInput


def lines_of(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def written(folder: Path, content: bytes, name: str = "tweets.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_line_too_long_to_hold_is_cut_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.archive.lines.MAX_LINE_BYTES", 4096)
    path = written(tmp_path, b'{"id":"1","text":"' + b"y" * 20_000 + b'"}\n' + lines_of({"id": "2", "text": "t"}))
    first, second = read_archive(path, max_record_bytes=8000)
    assert (first.format, len(first.value), first.size) == ("oversized", 1024, 20_021)
    assert (second.key, second.position) == (b"2", "tweets.jsonl#2.0")


def test_byte_order_mark_crlf_blank_lines_and_a_missing_end_are_tolerated(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbf{"id":"1","text":"t"}\r\n\r\n  \n{"id":"2","text":"t"}'
    reading = Reading()
    records = list(read_archive(written(tmp_path, content), reading=reading))
    assert [record.value for record in records] == [b'{"id":"1","text":"t"}', b'{"id":"2","text":"t"}']
    assert (reading.blank_lines, reading.lines) == (2, 4)


def test_a_cut_gzip_gives_its_whole_lines_then_says_how_far_it_came(tmp_path: Path) -> None:
    chance = random.Random(7)
    noise = [{"id": str(number), "text": str(chance.getrandbits(200))} for number in range(2000)]
    packed = gzip.compress(lines_of(*noise))
    records = read_archive(written(tmp_path, packed[: len(packed) // 2], "cut.jsonl.gz"))
    read: list[Record] = []
    with pytest.raises(BadInput, match=r"cut\.jsonl\.gz is damaged after line \d") as raised:
        read.extend(records)
    assert 500 < len(read) < 2000
    assert f"after line {len(read):,} " in str(raised.value)
    assert {record.format for record in read} == {"v2_flat"}


def bad_inputs(folder: Path) -> Iterator[tuple[Path, str]]:
    (folder / "empty").mkdir()
    yield folder / "empty", "contains no archive"
    yield folder / "nowhere.jsonl", "does not exist"
    yield written(folder, b"", "nothing.jsonl"), "is empty"
    yield written(folder, b"\x89PNG\r\n\x1a\n" + bytes(100), "tweets.json"), "is a PNG image"
    yield written(folder, b"PK\x03\x04" + bytes(100), "tweets.zip"), "is a zip archive"
    yield written(folder, bytes(range(256)) * 10, "tweets.dat"), "is binary data"
    yield written(folder, b"Dear all,\nplease find attached\n", "letter.txt"), "is neither lines of JSON nor a CSV"
    yield written(folder, b"\x1f\x8b\x08\x00broken", "broken.jsonl.gz"), "is damaged before its first line"


def test_what_is_no_archive_gets_one_sentence_that_names_it(tmp_path: Path) -> None:
    for path, sentence in bad_inputs(tmp_path):
        with pytest.raises(BadInput, match=sentence) as raised:
            list(read_archive(path))
        assert str(path) in str(raised.value)
