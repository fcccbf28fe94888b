"""The rows of a table -> pieces; copes with texts over several lines, bare carriage returns and broken quotes."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from pipelines.sources.archive.characters import decode_line
from pipelines.sources.archive.faults import Limits, fault_of
from pipelines.sources.archive.lines import Line, Reading
from pipelines.sources.archive.pages import to_bytes
from pipelines.sources.archive.record import TWEET, Piece
from pipelines.sources.archive.tables.columns import Wanted, map_columns
from pipelines.sources.archive.tables.dialect import Layout
from pipelines.sources.archive.tables.ids import ABSENT, are_rounded, are_row_numbers, whole_id
from pipelines.sources.archive.tables.payloads import Judgement, brand_rule, row_payload

_MAX_FIELD_CHARACTERS = 1024 * 1024
"""A longer cell means an unclosed quote."""
_SAMPLE_ROWS = 1000
_BLANK = ("\\N", "NA", "<NA>", "nan", "NaN")
"""Words for nothing that no tweet consists of."""
Row = tuple[bytes, list[str] | None]


def read_rows(
    lines: Iterator[Line], layout: Layout, wanted: Wanted, place: str, reading: Reading, limits: Limits | None
) -> Iterator[tuple[int, Piece]]:
    """Yield (row number from 1, piece) for every data row; one that is not valid has format `unknown`.

    BadInput when the columns cannot be identified.
    """
    columns = map_columns(layout.header, wanted, place)
    reading.tool, reading.unused_columns = columns.tool, list(columns.unused)
    for _ in islice(lines, layout.skipped_lines):
        pass
    rows = _rows(_Feed(lines, place, reading), layout)
    sample, damage = _take(rows, _SAMPLE_ROWS)
    order = wanted.get("date_order")
    table = _Table(layout.header, columns.numbers, reading, limits)
    table.judgement = table.judge(sample, str(order) if order else None, is_given=wanted.get("id") is not None)
    for number, (raw, row) in enumerate(chain(sample, _raise(damage), rows), start=1):
        yield number, table.piece(raw, row)


def row_of(values: dict[str, str], numbers: dict[str, tuple[int, ...]], cells: list[str]) -> dict[str, str]:
    """{field: the first filled cell}; words for nothing are left out."""
    for name, places in numbers.items():
        filled = (cells[place] for place in places if place < len(cells))
        value = next((each for each in filled if not _is_absent(name, each)), None)
        if value is not None:
            values[name] = value
    return values


def _is_absent(name: str, cell: str) -> bool:
    return not cell.strip() or (cell.strip() in _BLANK if name == "text" else cell.strip() in ABSENT)


@dataclass
class _Table:
    header: list[str]
    numbers: dict[str, tuple[int, ...]]
    reading: Reading
    limits: Limits | None
    judgement: Judgement = field(default_factory=Judgement)

    def judge(self, sample: list[Row], order: str | None, *, is_given: bool) -> Judgement:
        """What the first rows show of the whole file: whether ids were rounded, or are row numbers."""
        rows = [row_of({}, self.numbers, cells) for _, cells in sample if cells is not None]
        ids = [key for row in rows if (key := whole_id(row.get("id")))]
        refers = any(row.get("replied_to_id") for row in rows)
        return Judgement(
            are_ids_rounded=are_rounded(ids),
            are_authors_rounded=are_rounded(key for row in rows if (key := whole_id(row.get("author_id")))),
            are_row_numbers=not is_given and not refers and are_row_numbers(ids),
            date_order=order,
        )

    def piece(self, raw: bytes, row: list[str] | None) -> Piece:
        """The v2 payload of a row; its raw bytes when quotes or the number of cells are wrong."""
        if row is None:
            return Piece(raw, None, "unknown", reason="open_quote")
        if any(cell.strip() for cell in row[len(self.header) :]):
            return Piece(raw, None, "unknown", reason="too_many_cells")
        values = row_of({}, self.numbers, row)
        made = row_payload(values, self.judgement)
        self.reading.handle_authors += made.is_handle_author
        self.reading.made_ids += made.is_made_id
        reason = made.reason or fault_of(made.payload, self.limits)
        return Piece(
            to_bytes(made.payload), made.payload["data"].get("id"), "csv", TWEET, self._rules(values), reason=reason
        )

    def _rules(self, values: dict[str, str]) -> tuple[str, ...]:
        if not values.get("brand"):
            return ()
        rule = brand_rule(values["brand"], self.header[self.numbers["brand"][0]])
        return (rule,) if rule else ()


@dataclass
class _Feed:
    """The lines for `csv.reader`; it remembers the lines of the current row so that a broken one can be undone."""

    lines: Iterator[Line]
    place: str
    reading: Reading
    taken: list[bytes] = field(default_factory=list)
    given_back: deque[bytes] = field(default_factory=deque)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        value = self.given_back.popleft() if self.given_back else next(self.lines).value
        self.taken.append(value)
        text = decode_line(value, self.place, self.reading)[0]
        # Outside quotes, Python's csv would end the row at a bare carriage return; inside, it becomes a blank, too.
        return text.replace("\r", " ").replace("\0", "") + "\n"

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


def _rows(feed: _Feed, layout: Layout) -> Iterator[Row]:
    csv.field_size_limit(_MAX_FIELD_CHARACTERS)
    while True:
        try:
            for row in layout.reader(feed, strict=True):
                raw = feed.take_row()
                # Files that were put one after another repeat the header.
                if any(cell.strip() for cell in row) and row != layout.header:
                    yield raw, row
                else:
                    feed.reading.blank_lines += 1
            return
        except csv.Error:
            yield feed.give_back_all_but_first(), None


def _take(rows: Iterator[Row], count: int) -> tuple[list[Row], Exception | None]:
    """The first rows; damage that shows in them is returned, to be raised after them."""
    sample: list[Row] = []
    try:
        sample.extend(islice(rows, count))
    except Exception as damage:  # raised in its place
        return sample, damage
    return sample, None


def _raise(damage: Exception | None) -> Iterator[Row]:
    if damage is not None:
        raise damage
    yield from ()
