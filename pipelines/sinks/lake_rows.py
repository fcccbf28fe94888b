"""Reads, appends and merges small Delta tables without Spark, for processes with little memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from pyspark.sql.types import ArrayType, DataType, DateType, DoubleType, LongType, StringType, TimestampType

from conf.lake_format import local_lake, write_lake_format
from conf.settings import Settings
from conf.tables import TABLES, on_key, table_path

Filter = tuple[str, str, Any]
"""A column, an operator such as `=` or `>=`, and a value."""
_ARROW: dict[type[DataType], pa.DataType] = {
    StringType: pa.string(),
    LongType: pa.int64(),
    DoubleType: pa.float64(),
    DateType: pa.date32(),
    TimestampType: pa.timestamp("us", "UTC"),
}
_PROPERTIES = {"delta.checkpointInterval": "100", "delta.enableDeletionVectors": "false"}


def read_plain_rows(
    settings: Settings, name: str, columns: Sequence[str], filters: Sequence[Filter] = ()
) -> list[dict[str, Any]]:
    """Rows of a small table as dictionaries; none if the table does not exist yet."""
    path = table_path(settings, name)
    if not DeltaTable.is_deltatable(path):
        return []
    found = DeltaTable(path).to_pyarrow_table(columns=list(columns), filters=list(filters) or None)
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def read_transaction(settings: Settings, name: str, app: str) -> int:
    """The version of the last `append_plain_rows` of this app; -1 if there is none."""
    path = table_path(settings, name)
    version = DeltaTable(path).transaction_version(app) if DeltaTable.is_deltatable(path) else None
    return -1 if version is None else version


def append_plain_rows(
    settings: Settings, name: str, rows: Sequence[Mapping[str, Any]], transaction: tuple[str, int] | None = None
) -> None:
    """Append rows of the schema in conf/tables.py in one commit; KeyError if a row lacks a column.

    `transaction`: an app and a version that the commit records, for `read_transaction`.
    """
    clustered = TABLES[name].cluster_by
    pruning = {"StatsColumns": ",".join(clustered)} if clustered else {"NumIndexedCols": "0"}
    properties = _PROPERTIES | {f"delta.dataSkipping{key}": value for key, value in pruning.items()}
    if TABLES[name].change_feed:
        properties["delta.enableChangeDataFeed"] = "true"
    lake = local_lake(settings)
    if lake is not None:  # elsewhere a job with Spark has created the lake
        write_lake_format(settings, lake)
    commit = CommitProperties(app_transactions=[Transaction(*transaction)] if transaction else None)
    path = table_path(settings, name)
    write_deltalake(path, _arrow(name, rows), mode="append", configuration=properties, commit_properties=commit)


def merge_plain_rows(settings: Settings, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows with new keys and replace those with known ones, in one commit; none without rows."""
    if not rows:
        return
    path = table_path(settings, name)
    if not DeltaTable.is_deltatable(path):
        append_plain_rows(settings, name, rows)
        return
    merged = DeltaTable(path).merge(_arrow(name, rows), on_key(name), source_alias="s", target_alias="t")
    merged.when_matched_update_all().when_not_matched_insert_all().execute()


def _arrow(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    columns = {field.name: _arrow_type(field.dataType) for field in TABLES[name].schema.fields}
    return pa.table({each: pa.array([row[each] for row in rows], kind) for each, kind in columns.items()})


def _arrow_type(kind: DataType) -> pa.DataType:
    return pa.list_(_ARROW[type(kind.elementType)]) if isinstance(kind, ArrayType) else _ARROW[type(kind)]
