"""Reads, appends and merges small Delta tables without Spark, for processes with little memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
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


def append_plain_rows(settings: Settings, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows of the schema in conf/tables.py in one commit; KeyError if a row lacks a column."""
    properties = _PROPERTIES | {"delta.dataSkippingStatsColumns": ",".join(TABLES[name].cluster_by)}
    lake = local_lake(settings)
    if lake is not None:  # elsewhere a job with Spark has created the lake
        write_lake_format(settings, lake)
    write_deltalake(table_path(settings, name), _arrow(name, rows), mode="append", configuration=properties)


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
