"""Reads and appends small Delta tables without Spark, for processes with little memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from pyspark.sql.types import DataType, DateType, DoubleType, LongType, StringType, TimestampType

from conf.lake_format import local_lake, write_lake_format
from conf.settings import Settings
from conf.tables import TABLES, table_path

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
    fields = TABLES[name].schema.fields
    columns = {field.name: _ARROW[type(field.dataType)] for field in fields}
    table = pa.table({each: pa.array([row[each] for row in rows], kind) for each, kind in columns.items()})
    properties = _PROPERTIES | {"delta.dataSkippingStatsColumns": ",".join(TABLES[name].cluster_by)}
    lake = local_lake(settings)
    if lake is not None:  # elsewhere a job with Spark has created the lake
        write_lake_format(settings, lake)
    write_deltalake(table_path(settings, name), table, mode="append", configuration=properties)
