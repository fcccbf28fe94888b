"""What the desk reads of the lake without Spark, not even its types: a table's change feed, the rotation's state."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from conf.lake_format import lake_folder
from conf.settings import Settings

MOST_VERSIONS = 50
MOST_ROWS = 5000
"""Of one piece: some tens of megabytes at most."""


@dataclass(frozen=True)
class Position:
    """How far a table was read: all of `version`; while all its rows are read, only the first `rows` of them."""

    version: int
    rows: int | None = None


@dataclass(frozen=True)
class Changes:
    """`rows`: the columns that the table has, with the `_change_type` insert, update_postimage or delete, in the order
    of their versions; `position`: after the last one."""

    position: Position
    rows: list[dict[str, Any]]


def read_feed(
    settings: Settings, name: str, columns: Collection[str], after: Position | None, since: datetime | None = None
) -> Changes | None:
    """The next piece of what changed after a position; None while there is no table, the same position at its end.

    At most MOST_VERSIONS, and MOST_ROWS unless a single commit has more. All rows as inserts where `after` is None, and
    where the change feed does not reach back that far: those that were created `since`, if it is given, in pieces of
    MOST_ROWS.
    """
    path = lake_folder(settings, name)
    if not DeltaTable.is_deltatable(path):
        return None
    table = DeltaTable(path)
    newest, wanted = table.version(), [field.name for field in table.schema().fields if field.name in columns]
    if after is None or after.version > newest:
        return _read_piece(table, wanted, since, 0)
    if after.rows is not None:
        return _continue(table, wanted, since, after, after.rows)
    if after.version == newest:
        return Changes(after, [])
    try:
        return _read_versions(table, wanted, after.version + 1, min(newest, after.version + MOST_VERSIONS))
    except (DeltaError, OSError):
        return _read_piece(table, wanted, since, 0)


def is_rotating(settings: Settings) -> bool:
    """Whether a rotation of the author key has begun and not ended: keys of the lake and of the desk may differ."""
    path = lake_folder(settings, "ops.pipeline_state")
    if not DeltaTable.is_deltatable(path):
        return False
    wanted = [("hop", "=", "rotate_author_key"), ("is_rotating", "=", True)]
    return DeltaTable(path).to_pyarrow_table(columns=["hop"], filters=wanted).num_rows > 0


def _read_versions(table: DeltaTable, columns: list[str], first: int, last: int) -> Changes:
    """Versions `first` to `last`; half of them, and so on, as long as they have more than MOST_ROWS."""
    found = _rows_of(table, columns, first, last)
    while found is None:
        last = first + (last - first) // 2
        found = _rows_of(table, columns, first, last)
    kept = [row for row in found if row["_change_type"] != "update_preimage"]
    ordered = sorted(kept, key=lambda row: (row["_commit_version"], row["_change_type"] != "delete"))
    return Changes(Position(last), ordered)


def _rows_of(table: DeltaTable, columns: list[str], first: int, last: int) -> list[dict[str, Any]] | None:
    """None if several versions have too many rows: the rest of them is not read."""
    wanted = [*columns, "_change_type", "_commit_version"]
    feed = table.load_cdf(starting_version=first, ending_version=last, columns=wanted)
    rows: list[dict[str, Any]] = []
    for batch in pa.RecordBatchReader.from_stream(feed):
        if first < last and len(rows) + batch.num_rows > MOST_ROWS:
            return None
        rows += batch.to_pylist()
    return rows


def _continue(table: DeltaTable, columns: list[str], since: datetime | None, after: Position, done: int) -> Changes:
    """The next piece of the version that was begun; the first one of the newest if its files were vacuumed."""
    newest = DeltaTable(table.table_uri)
    try:
        table.load_as_version(after.version)
        return _read_piece(table, columns, since, done)
    except (DeltaError, OSError):
        return _read_piece(newest, columns, since, 0)


def _read_piece(table: DeltaTable, columns: list[str], since: datetime | None, done: int) -> Changes:
    """The rows after the first `done` of a version. `since` moves on between pieces, so all rows count."""
    rows: list[dict[str, Any]] = []
    count = 0
    for batch in _batches(table, columns, done):
        part = batch.slice(0, MOST_ROWS - count)
        count += part.num_rows
        kept = part if since is None else part.filter(pc.greater_equal(part["created_at"], pa.scalar(since)))
        rows += [row | {"_change_type": "insert"} for row in kept.to_pylist()]
        if count == MOST_ROWS:
            return Changes(Position(table.version(), done + count), rows)
    return Changes(Position(table.version()), rows)


def _batches(table: DeltaTable, columns: list[str], skip: int) -> Iterator[pa.RecordBatch]:
    """A version's rows in one order, without the first `skip`; of files before them only the footers are read."""
    data = table.to_pyarrow_dataset()
    for file in sorted(data.get_fragments(), key=lambda each: str(each.path)):
        count = file.count_rows()
        if skip >= count:
            skip -= count
            continue
        yield from _file_batches(file, data.schema, columns, skip)
        skip = 0


def _file_batches(file: ds.Fragment, schema: pa.Schema, columns: list[str], skip: int) -> Iterator[pa.RecordBatch]:
    for batch in file.to_batches(schema=schema, columns=columns, batch_size=MOST_ROWS, batch_readahead=1):
        if skip < batch.num_rows:
            yield batch.slice(skip)
        skip = max(0, skip - batch.num_rows)
