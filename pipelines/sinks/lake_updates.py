"""Sink to the Delta lake for hops that compute some rows of a table anew: writes only what changed."""

from collections.abc import Sequence

from pyspark.sql import DataFrame

from conf.settings import Settings
from conf.tables import TABLES
from pipelines.sinks.lake import Merge, delete_rows, merge_rows


def replace_rows(
    rows: DataFrame, stored: DataFrame, settings: Settings, name: str, ignoring: Sequence[str] = ()
) -> tuple[int, int]:
    """Replace the rows `stored` of the table by `rows`; returns how many were written and deleted.

    Rows that differ at most in the columns `ignoring` stay as they are. Both frames are read more than once: checkpoint
    or persist them.
    """
    table = TABLES[name]
    compared = [field for field in table.schema.fieldNames() if field not in ignoring]
    same = [rows[field].eqNullSafe(stored[field]) for field in compared]
    changed = rows.join(stored, same, how="left_anti").localCheckpoint(eager=False)
    lost = stored.join(rows, [*table.key], how="left_anti").select(*table.key).localCheckpoint(eager=False)
    counts = changed.count(), lost.count()
    if counts[1]:
        delete_rows(lost, settings, name)
    if counts[0]:
        merge_rows(changed, settings, name, Merge(gains="true"))
    return counts
