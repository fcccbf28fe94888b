"""A CSV of tweets -> v2 payloads; copes with multi-line texts, bare carriage returns and broken quotes."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.sources.archive.csv_columns import DELIMITERS, guess_columns, map_columns
from pipelines.sources.archive.csv_rows import brand_rule, row_payload
from pipelines.sources.archive.lines import Line, Reading, read_lines
from pipelines.sources.archive.pages import to_bytes
from pipelines.sources.archive.record import TWEET, Piece

_MAX_FIELD_CHARACTERS = 1024 * 1024
"""A longer cell means an unclosed quote."""


def read_csv_pieces(path: Path, wanted: dict[str, str | None], reading: Reading) -> Iterator[tuple[int, Piece]]:
    """Yield (row number from 1, piece) for every data row of `path`; a row that is not valid CSV has format `unknown`.

    BadInput when the columns cannot be identified (see `csv_columns`).
    """
    feed = _Feed(read_lines(path, reading), reading)
    header_line = next(feed, "")
    header, delimiter = _header(header_line)
    table = _Table(header, map_columns(header, wanted, str(path)), delimiter)
    feed.taken.clear()
    for number, (raw, row) in enumerate(_rows(feed, delimiter), start=1):
        yield number, table.piece(raw, row)


def looks_like_csv(head: bytes) -> bool:
    """True when the first line names at least two columns, one of which looks like a tweet's text."""
    header, _ = _header(head.split(b"\n", 1)[0].decode("utf-8", "replace").removeprefix("\ufeff"))
    return len(header) > 1 and "text" in guess_columns(header)


class _TabSeparated(csv.excel_tab):
    """Tab-separated files of tweets have no quoting: a lone quotation mark is part of the text."""

    quoting = csv.QUOTE_NONE


@dataclass
class _Table:
    header: list[str]
    columns: dict[str, int]
    delimiter: str

    def piece(self, raw: bytes, row: list[str] | None) -> Piece:
        """The v2 payload of a row; its raw bytes when quotes or the number of cells are wrong."""
        if row is None or any(cell for cell in row[len(self.header) :]):
            return Piece(raw, None, "unknown")
        values = {name: row[place] for name, place in self.columns.items() if place < len(row) and row[place]}
        payload = row_payload(values)
        return Piece(to_bytes(payload), payload["data"].get("id"), "csv", TWEET, self._rules(values))

    def _rules(self, values: dict[str, str]) -> tuple[str, ...]:
        rule = brand_rule(values["brand"], self.header[self.columns["brand"]]) if values.get("brand") else None
        return (rule,) if rule else ()


@dataclass
class _Feed:
    """The lines for `csv.reader`; it remembers the lines of the current row so that a broken one can be undone."""

    lines: Iterator[Line]
    reading: Reading
    taken: list[bytes] = field(default_factory=list)
    given_back: deque[bytes] = field(default_factory=deque)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        value = self.given_back.popleft() if self.given_back else next(self.lines).value
        self.taken.append(value)
        # Outside quotes, Python's csv would end the row at a bare carriage return; inside, it becomes a blank, too.
        return value.decode("utf-8", "replace").replace("\r", " ") + "\n"

    def take_row(self) -> bytes:
        """The bytes of the row just read."""
        raw = b"\n".join(self.taken)
        self.taken.clear()
        return raw

    def give_back_all_but_first(self) -> bytes:
        """Undo a broken row: return its first line; the others are read again."""
        first, *rest = self.taken
        self.given_back.extendleft(reversed(rest))
        self.taken.clear()
        return first


def _rows(feed: _Feed, delimiter: str) -> Iterator[tuple[bytes, list[str] | None]]:
    csv.field_size_limit(_MAX_FIELD_CHARACTERS)
    while True:
        dialect = _TabSeparated if delimiter == "\t" else csv.excel
        reader = csv.reader(feed, dialect, delimiter=delimiter, strict=True)
        try:
            for row in reader:
                raw = feed.take_row()
                if row:
                    yield raw, row
                else:
                    feed.reading.blank_lines += 1
            return
        except csv.Error:
            yield feed.give_back_all_but_first(), None


def _header(line: str) -> tuple[list[str], str]:
    """The column names, and the delimiter that yields the most of them."""
    headers = [(next(csv.reader([line.rstrip("\r\n")], delimiter=one), []), one) for one in DELIMITERS]
    return max(headers, key=lambda pair: len(pair[0]))
