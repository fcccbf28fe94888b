"""The columns of a table: known by the tool that wrote it (tools.yaml), by their names, or given by a YAML file.

That file has a line `field: column` per field, by name or by number from 1; a missing field is guessed, `field: null`
switches it off. Further lines: `header_line` (0: there is none), `date_order` (day_first or month_first), `encoding`.
"""

import codecs
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from pipelines.sources.archive.tables.dates import DATE_ORDERS
from runtime.errors import BadInput, UsageError
from runtime.resources import read_resource

Wanted = Mapping[str, str | int | None]
"""What a YAML file of columns says: {field or option: column name, number, or None}."""
OPTIONS = ("header_line", "date_order", "encoding")


class Tool(NamedTuple):
    """A tool whose exports are known: {field: column names, the most certain first}, None for a field switched off."""

    name: str
    signature: frozenset[str]
    columns: dict[str, tuple[str, ...] | None]


class Columns(NamedTuple):
    """{field: column numbers from 0, of which the first filled one counts}, the tool, and the columns not used."""

    numbers: dict[str, tuple[int, ...]]
    tool: str
    unused: tuple[str, ...]


@cache
def known_tools() -> tuple[Tool, ...]:
    """The entries of tools.yaml; the last one is for any table."""
    entries = yaml.safe_load(read_resource("pipelines/sources/archive/tables/tools.yaml"))
    return tuple(
        Tool(entry["tool"], frozenset(entry["signature"]), {k: _names(v) for k, v in entry["columns"].items()})
        for entry in entries
    )


def fields() -> tuple[str, ...]:
    """The fields that a column can be mapped to."""
    return tuple(known_tools()[-1].columns)


def find_columns(header: list[str]) -> Columns:
    """The columns by the tool that has this header, or by their names; `text` is missing when none looks like it."""
    places: dict[str, int] = {}
    for number, name in enumerate(header):
        places.setdefault(plain_name(name), number)
    *tools, anything = known_tools()
    tool = next((each for each in tools if each.signature <= places.keys()), anything)
    names = anything.columns | tool.columns
    found = {
        field: tuple(places[name] for name in wanted if name in places) for field, wanted in names.items() if wanted
    }
    return _with_unused({field: numbers for field, numbers in found.items() if numbers}, tool.name, header)


def map_columns(header: list[str], wanted: Wanted, place: str) -> Columns:
    """The columns that were found, overridden by `wanted`.

    BadInput when a wanted column is not in the header, or when no column has the text.
    """
    found = find_columns(header)
    numbers = dict(found.numbers)
    for field, column in wanted.items():
        if field in OPTIONS:
            continue
        numbers.pop(field, None)
        if column is not None:
            numbers[field] = (_number_of(header, field, column, place),)
    if "text" not in numbers:
        raise BadInput(
            f"{place}: none of the columns {', '.join(map(repr, header))} looks like a tweet's text; "
            "name it in a YAML file (`text: <column>`) given with --columns"
        )
    return _with_unused(numbers, found.tool, header)


def plain_name(name: str) -> str:
    """`Author.ID ` -> `author_id`."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().casefold()).strip("_")


def read_column_map(path: Path) -> dict[str, str | int | None]:
    """Read a YAML file of columns; UsageError names the wrong entry."""
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"the column map {path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"the column map {path} is not valid YAML") from error
    if not isinstance(content, dict):
        raise UsageError(f"the column map {path} must contain lines such as `text: Tweet`")
    for field, value in content.items():
        _check_entry(path, field, value)
    return content


def _check_entry(path: Path, field: Any, value: Any) -> None:
    place = f"the column map {path}"
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if field == "header_line":
        if not is_number or value < 0:
            raise UsageError(
                f"{place}: header_line must be the number of a line, 0 for a file without, found {value!r}"
            )
    elif field == "date_order":
        if value not in DATE_ORDERS:
            raise UsageError(f"{place}: date_order must be {' or '.join(DATE_ORDERS)}, found {value!r}")
    elif field == "encoding":
        _check_encoding(place, value)
    elif field not in fields():
        raise UsageError(f"{place} names {field!r}; it can name {', '.join((*fields(), *OPTIONS))}")
    elif not (value is None or isinstance(value, str) or (is_number and value > 0)):
        raise UsageError(f"{place}: {field} must be the name of a column, or its number from 1, found {value!r}")


def _check_encoding(place: str, value: Any) -> None:
    try:
        if not codecs.lookup(str(value))._is_text_encoding:
            raise LookupError
    except LookupError:
        raise UsageError(f"{place}: {value!r} is not an encoding such as cp1252") from None


def _number_of(header: list[str], field: str, column: str | int, place: str) -> int:
    if isinstance(column, int):
        if column > len(header):
            raise BadInput(f"{place} has no column {column} for {field}; it has {len(header)}")
        return column - 1
    if column not in header:
        raise BadInput(f"{place} has no column {column!r} for {field}; it has {', '.join(map(repr, header))}")
    return header.index(column)


def _with_unused(numbers: dict[str, tuple[int, ...]], tool: str, header: list[str]) -> Columns:
    used = {number for each in numbers.values() for number in each}
    return Columns(numbers, tool, tuple(name for n, name in enumerate(header) if n not in used and name.strip()))


def _names(listed: Any) -> tuple[str, ...] | None:
    """The names of an entry, which may be written as several lists."""
    if listed is None:
        return None
    return tuple(name for each in listed for name in (each if isinstance(each, list) else [each]))
