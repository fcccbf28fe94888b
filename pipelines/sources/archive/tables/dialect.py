"""Where the header of a table is, its delimiter, and how its cells are quoted: what its first lines show."""

import csv
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipelines.sources.archive.tables.columns import OPTIONS, Wanted, find_columns

DELIMITERS = (",", ";", "\t", "|")
_MAX_PREAMBLE_LINES = 40
_SAMPLE_LINES = 400


class Layout(NamedTuple):
    """Number of lines before the first row, the column names, and the arguments of `csv.reader`.

    `escape` is a backslash in files that write `\\"` inside quotes; a file without quoting has `is_quoted` False.
    """

    skipped_lines: int
    header: list[str]
    delimiter: str
    is_quoted: bool = True
    escape: str | None = None

    def reader(self, lines: Iterable[str], *, strict: bool) -> "Iterator[list[str]]":
        if self.is_quoted:
            return csv.reader(lines, delimiter=self.delimiter, escapechar=self.escape, strict=strict)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=strict)


def find_layout(lines: list[str], wanted: Wanted) -> Layout | None:
    """The layout of a table whose first lines these are; None when none of them is a header with a tweet's text."""
    given = wanted.get("header_line")
    if isinstance(given, int):
        header = _split(lines[max(given - 1, 0)] if given <= len(lines) else "")[0] if lines else None
        found = header and ((given, header[0], header[1]) if given else (0, _numbered(header[0]), header[1]))
    else:
        found = _find_header(lines, wanted)
    if not found:
        return None
    skipped, names, delimiter = found
    return _quoting(Layout(skipped, names, delimiter), lines[skipped:])


def _find_header(lines: list[str], wanted: Wanted) -> tuple[int, list[str], str] | None:
    named = {column for field, column in wanted.items() if isinstance(column, str) and field not in OPTIONS}
    for number, line in enumerate(lines[:_MAX_PREAMBLE_LINES], start=1):
        for cells, delimiter in _split(line):
            is_known = "text" in find_columns(cells).numbers or (named and named <= set(cells))
            if len(cells) > 1 and is_known:
                return number, cells, delimiter
    fields = [field for field in wanted if field not in OPTIONS]
    filled = [line for line in lines if line.strip()]
    if fields and filled:
        cells, delimiter = _split(filled[0])[0]
        return lines.index(filled[0]) + 1, cells, delimiter
    return None


def _split(line: str) -> list[tuple[list[str], str]]:
    """(cells, delimiter) for each delimiter, the one with the most cells first."""
    line = line.replace("\r", " ").replace("\n", " ").replace("\0", "")
    cells = [(next(csv.reader([line], delimiter=one), []), one) for one in DELIMITERS]
    return sorted(cells, key=lambda pair: -len(pair[0]))


def _numbered(cells: list[str]) -> list[str]:
    return [f"column {number}" for number in range(1, len(cells) + 1)]


def _quoting(layout: Layout, lines: list[str]) -> Layout:
    """The layout with the quoting under which most rows have as many cells as the header."""
    sample = [line.replace("\r", " ") + "\n" for line in lines[:_SAMPLE_LINES]]
    options = [layout, layout._replace(escape="\\")]
    if layout.delimiter == "\t":
        # Most tab-separated files of tweets have no quoting: a lone quotation mark is part of the text.
        options.insert(0, layout._replace(is_quoted=False))
    return max(options, key=lambda each: _fit(each, sample))


def _fit(layout: Layout, sample: list[str]) -> float:
    """The share of rows with the header's number of cells."""
    good = total = 0
    try:
        for row in layout.reader(sample, strict=True):
            total += bool(row)
            good += len(row) == len(layout.header)
    except csv.Error:
        total += 1
    return good / total if total else 1.0
