"""Changes of a table of the lake, read without Spark."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from conf.settings import Settings
from conf.tables import table_path

MOST_VERSIONS = 50


@dataclass(frozen=True)
class Inserted:
    """`rows`: the columns asked for and `_commit_timestamp` (UTC); `version`: the last one read."""

    version: int
    rows: list[dict[str, Any]]


def read_inserted(
    settings: Settings, name: str, columns: list[str], after: int | None, since: datetime
) -> Inserted | None:
    """Rows inserted after version `after`, or `since` a time where it is None; None while there is no table.

    Where the change feed no longer reaches back that far, what it still has: none of the commits before now.
    """
    path = table_path(settings, name)
    if not DeltaTable.is_deltatable(path):
        return None
    table = DeltaTable(path)
    version = table.version()
    if after is not None and version <= after:
        return Inserted(version, [])
    start = {"starting_version": after + 1} if after is not None else {"starting_timestamp": since.isoformat()}
    wanted = [*columns, "_change_type", "_commit_timestamp"]
    try:
        feed = table.load_cdf(**start, ending_version=version, columns=wanted, allow_out_of_range=True)
        found = pa.table(feed).to_pylist()
    except (DeltaError, OSError):
        return Inserted(version, [])
    return Inserted(version, list(_inserts(found)))


@dataclass(frozen=True)
class Changes:
    """`rows`: the columns that the table has, with the `_change_type` insert, update_postimage or delete, in the order
    of their versions; `version`: the last one read."""

    version: int
    rows: list[dict[str, Any]]


def read_all_changes(settings: Settings, name: str, columns: Collection[str], after: int | None) -> Changes | None:
    """What changed after version `after`, at most MOST_VERSIONS of it; None while there is no table.

    All rows as inserts where `after` is None, and where the change feed does not reach back that far.
    """
    path = table_path(settings, name)
    if not DeltaTable.is_deltatable(path):
        return None
    table = DeltaTable(path)
    newest, wanted = table.version(), [field.name for field in table.schema().fields if field.name in columns]
    if after == newest:
        return Changes(newest, [])
    if after is None or after > newest:
        return _whole_table(table, wanted)
    last = min(newest, after + MOST_VERSIONS)
    try:
        feed = table.load_cdf(
            starting_version=after + 1, ending_version=last, columns=[*wanted, "_change_type", "_commit_version"]
        )
        found = pa.table(feed).to_pylist()
    except (DeltaError, OSError):
        return _whole_table(table, wanted)
    kept = [row for row in found if row["_change_type"] != "update_preimage"]
    return Changes(last, sorted(kept, key=lambda row: (row["_commit_version"], row["_change_type"] != "delete")))


def _whole_table(table: DeltaTable, columns: list[str]) -> Changes:
    rows = table.to_pyarrow_table(columns=columns).to_pylist()
    return Changes(table.version(), [row | {"_change_type": "insert"} for row in rows])


def _inserts(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if row.pop("_change_type") == "insert":
            yield row | {"_commit_timestamp": row["_commit_timestamp"].replace(tzinfo=UTC)}
