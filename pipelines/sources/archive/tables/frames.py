"""JSON that other tools make of tables: pandas' orientations, and objects whose members have a table's names."""

from collections.abc import Iterator
from typing import Any

from pipelines.sources.archive.pages import Object
from pipelines.sources.archive.tables.columns import find_columns
from pipelines.sources.archive.tables.payloads import Made, row_payload
from pipelines.sources.archive.tables.rows import row_of

_MAX_DEPTH = 4


def frame_rows(value: Object) -> Iterator[Object] | None:
    """The rows of a DataFrame that pandas wrote as one object; None for anything else.

    Orientations: split (`columns`, `data`), columns (`{column: {row: cell}}`) and index (`{row: {column: cell}}`).
    """
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        return (dict(zip(map(str, columns), row, strict=False)) for row in data)
    if len(value) < 1 or not all(isinstance(each, dict) and each for each in value.values()):
        return None
    keys = [each.keys() for each in value.values()]
    if all(name.isdigit() for name in value):
        return iter(value.values())
    if len(value) > 1 and all(name.isdigit() for name in keys[0]) and all(each == keys[0] for each in keys):
        return ({name: cells[row] for name, cells in value.items()} for row in keys[0])
    return None


def table_payload(value: Object) -> Made | None:
    """The payload of an object whose members, also inside others, have the names of a table's columns; else None.

    Known are its text, and its id, link or date.
    """
    cells = dict(_flat(value, ""))
    found = find_columns(list(cells)).numbers
    if "text" not in found or not {"id", "url", "created_at"} & found.keys():
        return None
    row = row_of({}, found, list(cells.values()))
    return row_payload(row) if "text" in row else None


def _flat(value: Object, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        if isinstance(inner, dict) and depth < _MAX_DEPTH:
            yield from _flat(inner, f"{path}{name}.", depth + 1)
        elif isinstance(inner, str | int | float):
            yield f"{path}{name}", _cell(inner)


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
