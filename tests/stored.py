"""What a table contains, read without Spark: a plan for each small read costs more than all the rest of a test."""

from datetime import datetime
from typing import Any

from deltalake import DeltaTable
from pyspark.sql import Row

from conf.settings import Settings
from conf.tables import table_path


def stored_rows(settings: Settings, name: str) -> list[Row]:
    """All rows of a table, as Spark's `collect` returns them: times are naive, in UTC. None if there is no table."""
    path = table_path(settings, name)
    found = DeltaTable(path).to_pyarrow_table().to_pylist() if DeltaTable.is_deltatable(path) else []
    return [_as_spark(row) for row in found]


def stored_count(settings: Settings, name: str) -> int:
    """The number of rows of a table; 0 if there is no table."""
    path = table_path(settings, name)
    return int(DeltaTable(path).count()) if DeltaTable.is_deltatable(path) else 0


def _as_spark(value: Any) -> Any:
    if isinstance(value, dict):
        return Row(**{name: _as_spark(each) for name, each in value.items()})
    if isinstance(value, list):
        return [_as_spark(each) for each in value]
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
