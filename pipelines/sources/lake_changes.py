"""Rows that were inserted into a table of the lake, read without Spark."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from conf.settings import Settings
from conf.tables import table_path


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


def _inserts(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if row.pop("_change_type") == "insert":
            yield row | {"_commit_timestamp": row["_commit_timestamp"].replace(tzinfo=UTC)}
