"""Packed files: archives inside archives, and what is cut or has no tweets is named, never passed over in silence."""

import bz2
import gzip
import io
import lzma
import tarfile
from pathlib import Path

import pytest
import zstandard

from pipelines.sources.archive.lines import Reading
from pipelines.sources.archive.reader import EmptyInput, read_archive
from runtime.errors import BadInput
from tests.pipelines.sources.archive.kinds import flat, lines, zipped

MANY = lines(*(flat(number) for number in range(2000)))


def tarred(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def tweets_of(folder: Path, name: str, content: bytes) -> int:
    path = folder / name
    path.write_bytes(content)
    reading = Reading()
    list(read_archive(path, reading=reading))
    assert not reading.rejects
    return reading.tweets


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tar.gz", gzip.compress(tarred({"a/00.json.bz2": bz2.compress(lines(flat(0))), "b.json": lines(flat(1))}))),
        ("a.zip", zipped({"a.tar": tarred({"00.json": lines(flat(0), flat(1))})})),
        ("a.tar", tarred({"a.zip": zipped({"a.json": lines(flat(0))}), "b.jsonl": lines(flat(1))})),
        ("a.zip", zipped({"a.zip": zipped({"a.json": lines(flat(0))}), "b.jsonl": lines(flat(1))})),
        ("a.zip", zipped({"__MACOSX/._a.json": b"\0\5", "a.json": lines(flat(0), flat(1))})),
        ("a.txt", gzip.compress(gzip.compress(lines(flat(0), flat(1))))),
        ("a.json.bz2", bz2.compress(lines(flat(0))) + bz2.compress(lines(flat(1)))),
        ("a.json.xz", lzma.compress(lines(flat(0))) + lzma.compress(lines(flat(1)))),
        ("a.json.zst", zstandard.compress(lines(flat(0))) + zstandard.compress(lines(flat(1)))),
    ],
)
def test_archives_inside_archives_and_files_put_one_after_another_are_read(
    tmp_path: Path, name: str, content: bytes
) -> None:
    assert tweets_of(tmp_path, name, content) == 2


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_a_packed_file_that_is_cut_is_damaged_not_empty(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    whole = pack(MANY)
    assert tweets_of(tmp_path, "whole.jsonl", whole) == 2000
    for share in (0.1, 0.5, 0.99):
        with pytest.raises(BadInput, match=r"is damaged (before its first|after) line") as raised:
            tweets_of(tmp_path, "cut.jsonl", whole[: int(share * len(whole))])
        assert not isinstance(raised.value, EmptyInput)


@pytest.mark.parametrize(
    ("name", "content"), [("a.zip", zipped({"tweets": MANY})), ("a.tar", tarred({"tweets": MANY}))]
)
def test_an_archive_whose_members_are_not_recognised_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(BadInput, match="none of its 1 members has a name") as raised:
        tweets_of(tmp_path, name, content)
    assert not isinstance(raised.value, EmptyInput)


def test_archives_do_not_nest_without_end(tmp_path: Path) -> None:
    content = lines(flat(0))
    for _ in range(9):
        content = zipped({"a.zip": content})
    with pytest.raises(BadInput, match="archives inside archives"):
        tweets_of(tmp_path, "a.zip", content)


@pytest.mark.parametrize("content", [b"tweet_id\n123456789012345678\n", b"123456789012345678\n123456789012345679\n"])
def test_ids_without_texts_are_named_as_such(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadInput, match="has ids of tweets without their texts"):
        tweets_of(tmp_path, "ids.txt", content)
