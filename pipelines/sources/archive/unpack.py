"""A file -> the texts in it: plain, packed with gzip, bzip2, xz or Zstandard, or members of a tar or zip archive."""

import bz2
import gzip
import io
import logging
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import zstandard

from pipelines.sources.archive.lines import Reading, open_raw
from runtime.errors import BadInput

logger = logging.getLogger("brandpulse.archive")

DAMAGE = (
    EOFError,
    zlib.error,
    OSError,
    lzma.LZMAError,
    zstandard.ZstdError,
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,
)
"""What the unpackers raise at damaged data."""
PACKED_ENDINGS = (".gz", ".bz2", ".xz", ".zst")
_BUFFER_BYTES = 256 * 1024
_STEP_BYTES = 16 * 1024
"""Packed bytes that are unpacked at once: some megabytes of text at most."""
_SPOOLED_BYTES = 64 * 1024 * 1024
_TAR_MAGIC, _TAR_HEADER_BYTES = slice(257, 262), 512
_MAX_LAYERS = 4
_FOREIGN = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF",
    b"7z\xbc\xaf": "a 7z archive: unpack it first",
    b"Rar!": "a RAR archive: unpack it first",
    b"PAR1": "a Parquet file: export it as CSV or as lines of JSON first",
    b"SQLite format 3": "an SQLite database: export its table of tweets as CSV first",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV UTF-8 first",
    b"RDX": "an R data file: write it with readr::write_csv first",
    b"X\n\x00\x00": "an R data file: write it with readr::write_csv first",
}


class Member(NamedTuple):
    """A text in a file; `name` is its name in a tar or zip archive, else that of the file."""

    name: str
    stream: io.BufferedReader


def read_members(path: Path, wanted: Callable[[str], bool], reading: Reading) -> Iterator[Member]:
    """Yield the texts in `path`; of a tar or zip archive the members whose name is `wanted`.

    BadInput for a format that is not read; one of `DAMAGE` at damaged data.
    """
    with open_raw(path) as raw:
        counted = _buffered(_Counted(raw, reading).read_some)
        yield from _members(path, Member(path.name, counted), wanted, raw if raw.seekable() else None)


class Layer(io.RawIOBase):
    """A raw stream from a function that returns the next bytes, at most `size`; b"" at the end."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Counted:
    """A file; `reading.stored_bytes` follows its place."""

    def __init__(self, raw: IO[bytes], reading: Reading) -> None:
        self._raw, self._reading = raw, reading

    def read_some(self, size: int) -> bytes:
        data = self._raw.read(size)
        self._reading.stored_bytes += len(data)
        return data


def _buffered(read: Callable[[int], bytes]) -> io.BufferedReader:
    raw: io.RawIOBase = Layer(read)
    return io.BufferedReader(raw, _BUFFER_BYTES)


def _members(
    path: Path, member: Member, wanted: Callable[[str], bool], seekable: IO[bytes] | None, layers: int = 0
) -> Iterator[Member]:
    if layers > _MAX_LAYERS:
        raise BadInput(f"{path} has archives inside archives, more than {_MAX_LAYERS} deep: unpack it first")
    head = member.stream.peek(_TAR_HEADER_BYTES)
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            raise BadInput(f"{path} is {name}")
    unpacked = _unpacked(path, member.stream, head) if layers < _MAX_LAYERS else None
    if unpacked is not None:
        yield from _members(path, Member(member.name, unpacked), wanted, None, layers + 1)
    elif head[_TAR_MAGIC] == b"ustar":
        yield from _tar_members(path, member.stream, wanted, layers)
    elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with tempfile.SpooledTemporaryFile(_SPOOLED_BYTES) as spooled:
            if seekable is None:  # the list of a zip archive is at its end
                shutil.copyfileobj(member.stream, spooled)
            yield from _zip_members(path, seekable or spooled, wanted, layers)
    else:
        yield member


def _unpacked(path: Path, stream: io.BufferedReader, head: bytes) -> io.BufferedReader | None:
    """The unpacked stream of packed data; None for anything else."""
    read: Callable[[int], bytes]
    if head.startswith(b"\x1f\x8b"):
        read = _gzip_reader(path, stream)
    elif head.startswith(b"BZh"):
        read = bz2.BZ2File(stream).read1
    elif head.startswith(b"\xfd7zXZ"):
        read = lzma.LZMAFile(stream).read1  # noqa: SIM115 - closed with the file
    elif head.startswith(b"(\xb5/\xfd"):
        read = _zstandard_reader(stream)
    else:
        return None
    return _buffered(read)


def _zstandard_reader(stream: io.BufferedReader) -> Callable[[int], bytes]:
    """Reads frames one after another; EOFError when the last one is cut, which `stream_reader` passes over."""
    unpacker, left = zstandard.ZstdDecompressor().decompressobj(), b""

    def read(_: int) -> bytes:
        nonlocal unpacker, left
        while packed := left or stream.read1(_STEP_BYTES):
            if unpacker.eof:
                unpacker = zstandard.ZstdDecompressor().decompressobj()
            data, left = unpacker.decompress(packed), b""
            if unpacker.eof:
                left = unpacker.unused_data
            if data:
                return data
        if not unpacker.eof:
            raise EOFError("the Zstandard data ends in the middle")
        return b""

    return _in_steps(read)


def _in_steps(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """Returns at most the bytes that are wanted of what `read` returns."""
    left = memoryview(b"")

    def step(size: int) -> bytes:
        nonlocal left
        left = left or memoryview(read(size))
        data, left = bytes(left[:size]), left[size:]
        return data

    return step


def _gzip_reader(path: Path, stream: io.BufferedReader) -> Callable[[int], bytes]:
    """Reads members one after another; what follows the last is passed over with a warning."""
    unpacked = gzip.GzipFile(fileobj=stream)
    count, is_ended = 0, False

    def read(size: int) -> bytes:
        nonlocal count, is_ended
        if is_ended:
            return b""
        try:
            data = unpacked.read1(size)
        except gzip.BadGzipFile as error:
            if not count or not str(error).startswith("Not a gzipped file"):
                raise
            is_ended = True
            logger.warning("%s: what follows its gzip data is no gzip data, and was passed over", path)
            return b""
        count += len(data)
        return data

    return read


def _tar_members(path: Path, stream: io.BufferedReader, wanted: Callable[[str], bool], layers: int) -> Iterator[Member]:
    count = others = 0
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for entry in archive:
            content = archive.extractfile(entry) if entry.isfile() and wanted(entry.name) else None
            if content is None:
                others += entry.isfile()
                continue
            count += 1
            member = Member(entry.name, _buffered(content.read))
            yield from _members(path, member, wanted, None, layers + 1)
    _log_others(path, count, others)


def _zip_members(path: Path, raw: IO[bytes], wanted: Callable[[str], bool], layers: int) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(raw)
    except zipfile.BadZipFile as error:
        raise BadInput(f"{path} is a zip archive that cannot be unpacked: {error}") from error
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if any(entry.filename == "[Content_Types].xml" for entry in entries):
        raise BadInput(f"{path} is an Excel workbook or another Office document: save it as CSV UTF-8 first")
    if any(entry.flag_bits & 1 for entry in entries):
        raise BadInput(f"{path} is a zip archive with a password: unpack it first")
    # The account of X's own archive comes before its tweets.
    chosen = sorted((e for e in entries if wanted(e.filename)), key=lambda e: not e.filename.endswith("account.js"))
    for entry in chosen:
        with archive.open(entry) as content:
            member = Member(entry.filename, _buffered(content.read))
            yield from _members(path, member, wanted, None, layers + 1)
    _log_others(path, len(chosen), len(entries) - len(chosen))


def _log_others(path: Path, count: int, others: int) -> None:
    if others and not count:
        raise BadInput(
            f"{path}: none of its {others:,} members has a name that ends like that of an archive of tweets (.json, "
            ".jsonl, .csv, …): unpack it and rename them"
        )
    if others:
        logger.info("passed over %d members of %s: their names do not end like an archive's", others, path)
