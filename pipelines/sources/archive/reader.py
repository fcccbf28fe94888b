"""Archives of tweets -> records for Kafka: every format of X's APIs and of the tools around them, plain or packed.

Formats are told apart by content. Nothing is dropped: what is not JSON is passed on unchanged as `unknown`, a line that
is too long as its first kilobyte. Only blank lines, repeated headers and pages without results are skipped.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from pipelines.sources.archive.characters import as_utf8
from pipelines.sources.archive.companions import OWN_TWEETS, account_beside, is_companion, own_account, users_beside
from pipelines.sources.archive.faults import Limits
from pipelines.sources.archive.json_reader import split_value, unreadable
from pipelines.sources.archive.json_text.values import Found, read_values
from pipelines.sources.archive.lines import Line, Reading, read_lines
from pipelines.sources.archive.notices import is_batch_result
from pipelines.sources.archive.record import COMPLIANCE, TWEET, Piece, Record, place_of, with_place
from pipelines.sources.archive.tables.columns import Wanted
from pipelines.sources.archive.tables.dialect import find_layout
from pipelines.sources.archive.tables.ids import are_rounded, ends_in_zeros
from pipelines.sources.archive.tables.rows import read_rows
from pipelines.sources.archive.unpack import DAMAGE, PACKED_ENDINGS, Member, read_members
from pipelines.sources.archive.wrappers import Source, is_known
from pipelines.sources.x.compliance import result_event
from runtime.errors import BadInput

logger = logging.getLogger("brandpulse.archive")

MAX_RECORD_BYTES = 3 * 1024 * 1024
_HEAD_BYTES = 64 * 1024
_TEXT_ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt")
_ARCHIVE_ENDINGS = (".tar", ".tgz", ".tbz2", ".txz", ".zip")
_SAMPLE_PIECES, _SAMPLE_BYTES = 500, 4 * 1024 * 1024
_BLANK = b"\0 \t\r"
_JSON_START = re.compile(rb'\s*(?:\{|\[|[A-Za-z_][\w.$]*\s*[=(]\s*[\[{]|"(?:[^"\\]|\\.)*"\s*:\s*[\[{])')
Placed = tuple[tuple[int, int], Piece]


class EmptyInput(BadInput):
    """A file without any content."""


def read_archive(
    path: Path,
    column_map: Wanted | None = None,
    start: str | None = None,
    *,
    max_record_bytes: int = MAX_RECORD_BYTES,
    reading: Reading | None = None,
    limits: Limits | None = None,
) -> Iterator[Record]:
    """Yield the records of a file, or of every archive in a folder (sorted by path, sub-folders too).

    `column_map` {field: column name} overrides what is known of tables; `start` is the position after which to begin
    (one file only); `reading` is updated while reading; `limits` are those of annotate_tweets. BadInput when a file is
    not an archive, and at the end of a damaged one, after everything that could be read.
    """
    watched = reading or Reading()
    done = place_of(start) if start else (0, -1)
    for file in read_archive_paths(path):
        for place, piece in _pieces(file, column_map or {}, watched, limits):
            fitting = _fitting(piece, max_record_bytes)
            watched.count(fitting)
            if place > done:
                yield with_place(fitting, file.name, place, max_record_bytes)


def read_archive_paths(path: Path) -> list[Path]:
    """Return the files that `read_archive` reads, in its order; BadInput when there are none."""
    if not path.exists():
        raise BadInput(f"{path} does not exist")
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise BadInput(f"{path} is a pipe or a device, where an import cannot be continued: save it to a file first")
    inside = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    archives = [file for file in inside if _is_wanted(file.name) and not is_companion(file)]
    if len(inside) > len(archives):
        logger.info(
            "skipped %d files in %s: their names do not end like an archive's", len(inside) - len(archives), path
        )
    if not archives:
        raise BadInput(
            f"{path} contains no archive: no file name ends in {', '.join((*_TEXT_ENDINGS, *_ARCHIVE_ENDINGS))} "
            f"or one of these plus {', '.join(PACKED_ENDINGS)}"
        )
    return archives


def _fitting(piece: Piece, max_record_bytes: int) -> Piece:
    """The piece, with the reason for its rejection when it is too large for Kafka."""
    if (piece.size or len(piece.value)) <= max_record_bytes:
        return piece
    return piece._replace(reason="too_large", tweets=piece.tweets or int(piece.key is not None))


def _is_wanted(name: str) -> bool:
    """True for a name that ends like an archive's; of X's own archive only for the tweets."""
    base = name.rpartition("/")[2]
    for ending in PACKED_ENDINGS:
        base = base.removesuffix(ending)
    return not base.startswith(".") and (
        base.lower().endswith((*_TEXT_ENDINGS, *_ARCHIVE_ENDINGS)) or OWN_TWEETS.fullmatch(base) is not None
    )


def _is_member(name: str) -> bool:
    return _is_wanted(name) or name.rpartition("/")[2] == "account.js"


def _pieces(path: Path, wanted: Wanted, reading: Reading, limits: Limits | None) -> Iterator[Placed]:
    """Yield ((line, index), piece) of a file; lines are counted on over the members of an archive."""
    source = Source(limits, account_beside(path), users_beside(path), reading)
    before, is_empty = 0, True
    try:
        for member in read_members(path, _is_member, reading):
            if member.name.endswith("account.js"):
                source = source._replace(account=own_account(member.stream.read()))
                continue
            last = 0
            for (line, index), piece in _member_pieces(path, member, wanted, source, reading):
                is_empty, last = False, line
                yield (before + line, index), piece
            before += last
    except DAMAGE as error:
        place = f"after line {reading.lines:,}" if reading.lines else "before its first line"
        done = "; the lines before were read; run it again with a complete copy to continue there"
        raise BadInput(
            f"{path} is damaged {place} (byte {reading.stored_bytes:,} of {path.stat().st_size:,}: {error})"
            + done * bool(reading.lines)
        ) from error
    if is_empty and reading.lines == reading.blank_lines:
        raise EmptyInput(f"{path} is empty, or contains no data that can be unpacked")


def _member_pieces(path: Path, member: Member, wanted: Wanted, source: Source, reading: Reading) -> Iterator[Placed]:
    place = str(path) if member.name == path.name else f"{path} ({member.name})"
    encoding = wanted.get("encoding")
    stream = as_utf8(member.stream, place, str(encoding) if encoding else None, reading)
    head, rest = _take_lines(read_lines(stream, reading))
    filled = [line.value for line in head if line.value.strip(_BLANK)]
    if not filled:
        reading.blank_lines += len(head)
        return
    text = [line.value.decode("utf-8", "replace") for line in head if not line.is_cut]
    is_table = bool(wanted.keys() - {"encoding"}) or not _JSON_START.match(filled[0])
    layout = find_layout(text, wanted) if is_table and not _is_mostly_json(filled) else None
    if layout is not None:
        for number, piece in read_rows(rest, layout, wanted, place, reading, source.limits):
            yield (number, 0), piece
    elif any(_JSON_START.match(line) for line in filled) or _is_named_json(member.name):
        yield from _judged(_json_pieces(rest, place, source, reading))
    elif all(line.strip(b'" \t\r').isdigit() for line in filled[1:]) and len(filled) > 1:
        raise BadInput(f"{place} has ids of tweets without their texts: look them up first (twarc2 hydrate)")
    else:
        raise BadInput(
            f"{place} is neither lines of JSON nor a CSV of tweets (a header with a column such as `text` is needed; "
            "--columns FILE names others)"
        )


def _judged(placed: Iterator[Placed]) -> Iterator[Placed]:
    """The pieces, with the reason for tweets whose id was rounded: judged by the first ones of the file."""
    sample: list[Placed] = []
    size = 0
    damage: Exception | None = None
    try:
        while len(sample) < _SAMPLE_PIECES and size < _SAMPLE_BYTES and (one := next(placed, None)) is not None:
            sample.append(one)
            size += len(one[1].value)
    except Exception as error:  # raised below, after what came before it
        damage = error
    are_lost = are_rounded(piece.key for _, piece in sample if piece.key and piece.kind == TWEET)
    rest: Iterable[Placed] = [] if damage else placed
    for place, piece in chain(sample, rest):
        is_lost = are_lost and piece.kind == TWEET and piece.reason is None and ends_in_zeros(piece.key or "")
        yield place, piece._replace(reason="rounded_id") if is_lost else piece
    if damage is not None:
        raise damage


def _json_pieces(lines: Iterator[Line], place: str, source: Source, reading: Reading) -> Iterator[Placed]:
    last, index = 0, 0
    for found in read_values(lines, place, is_known, reading):
        if found.place[0] != last:
            last, index = found.place[0], 0
        for piece in _found_pieces(found, place, source):
            yield (last, index), piece
            index += 1


def _found_pieces(found: Found, place: str, source: Source) -> list[Piece]:
    if found.is_broken:
        return [unreadable(found.text or b"", found.size, found.tweets)]
    if is_batch_result(found.value):
        kind = "users" if "user" in place.rpartition("/")[2] else "tweets"
        event = result_event(kind, found.text or b"{}")
        if event is not None:
            return [Piece(event.value, event.key, "v2", COMPLIANCE)]
    try:
        return list(split_value(found.value, found.text, source, has_types=found.has_types))
    except RecursionError:
        # Nesting that can just be read may be too deep to be written again: the line is passed on whole.
        return [unreadable(found.text or b"")]


def _is_mostly_json(lines: list[bytes]) -> bool:
    """True when most lines begin like objects: the first is only the end of a torn one."""
    return len(lines) > 1 and 2 * sum(line.lstrip().startswith(b'{"') for line in lines) > len(lines)


def _is_named_json(name: str) -> bool:
    return name.removesuffix(".gz").endswith((".json", ".jsonl", ".ndjson"))


def _take_lines(lines: Iterator[Line]) -> tuple[list[Line], Iterator[Line]]:
    """(the first lines up to some with content, all lines). Damage that shows in them is raised after them."""
    head: list[Line] = []
    damage: list[Exception] = []
    size = 0
    try:
        while size < _HEAD_BYTES and (line := next(lines, None)) is not None:
            head.append(line)
            size += len(line.value.strip(_BLANK))
    except DAMAGE as error:
        damage.append(error)
    return head, chain(head, _raised(damage), lines)


def _raised(damage: list[Exception]) -> Iterator[Line]:
    if damage:
        raise damage[0]
    yield from ()
