"""What the desk reads of the lake without Spark, not even its types: a table's change feed, the rotation's state."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from conf.lake_format import lake_folder
from conf.settings import Settings

MOST_VERSIONS = 50


@dataclass(frozen=True)
class Changes:
    """`rows`: the columns that the table has, with the `_change_type` insert, update_postimage or delete, in the order
    of their versions; `version`: the last one read."""

    version: int
    rows: list[dict[str, Any]]


def read_feed(
    settings: Settings, name: str, columns: Collection[str], after: int | None, since: datetime | None = None
) -> Changes | None:
    """What changed after version `after`, at most MOST_VERSIONS of it; None while there is no table.

    All rows as inserts where `after` is None, and where the change feed does not reach back that far: those that were
    created `since`, if it is given.
    """
    path = lake_folder(settings, name)
    if not DeltaTable.is_deltatable(path):
        return None
    table = DeltaTable(path)
    newest, wanted = table.version(), [field.name for field in table.schema().fields if field.name in columns]
    if after == newest:
        return Changes(newest, [])
    if after is None or after > newest:
        return _whole_table(table, wanted, since)
    last = min(newest, after + MOST_VERSIONS)
    try:
        feed = table.load_cdf(
            starting_version=after + 1, ending_version=last, columns=[*wanted, "_change_type", "_commit_version"]
        )
        found = pa.table(feed).to_pylist()
    except (DeltaError, OSError):
        return _whole_table(table, wanted, since)
    kept = [row for row in found if row["_change_type"] != "update_preimage"]
    return Changes(last, sorted(kept, key=lambda row: (row["_commit_version"], row["_change_type"] != "delete")))


def is_rotating(settings: Settings) -> bool:
    """Whether a rotation of the author key has begun and not ended: keys of the lake and of the desk may differ."""
    path = lake_folder(settings, "ops.pipeline_state")
    if not DeltaTable.is_deltatable(path):
        return False
    wanted = [("hop", "=", "rotate_author_key"), ("is_rotating", "=", True)]
    return DeltaTable(path).to_pyarrow_table(columns=["hop"], filters=wanted).num_rows > 0


def _whole_table(table: DeltaTable, columns: list[str], since: datetime | None) -> Changes:
    recent = [("created_at", ">=", since)] if since else None
    rows = table.to_pyarrow_table(columns=columns, filters=recent).to_pylist()
    return Changes(table.version(), [row | {"_change_type": "insert"} for row in rows])
