"""Sinks to the Delta lake: create, append, merge, overwrite, delete, and the lock for one writer per table.

Only the process with a table's lock may add rows. Compaction and re-annotation run concurrently: they only move or
update rows. So another commit may precede a MERGE; Delta's conflict check detects it, and the MERGE is retried. In a
table without partitions any commit conflicts, even a plain append of another day (measured with Delta 3.3.3), so the
writers of one machine take turns: a long MERGE would never succeed otherwise.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial

from delta.exceptions import ConcurrentAppendException, ConcurrentDeleteDeleteException, ConcurrentDeleteReadException
from delta.tables import DeltaMergeBuilder, DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.types import StructType

from conf.lake_format import local_lake, write_lake_format
from conf.schemas.shapes import conform
from conf.session import HadoopFiles
from conf.settings import Settings
from conf.tables import TABLES, on_key, table_path
from pipelines.sinks.spark_conf import spark_conf
from runtime.file_lock import hold_lock
from runtime.retry import retry_conflicts

MAX_DAYS_LISTED = 60
"""Above so many days a MERGE prunes by their range: a longer list costs more to plan than it saves."""
CONFLICT_TIMEOUT_SECONDS = 300.0
_CONFLICTS = (ConcurrentAppendException, ConcurrentDeleteDeleteException, ConcurrentDeleteReadException)
_TRANSACTION = ("spark.databricks.delta.write.txnAppId", "spark.databricks.delta.write.txnVersion")


@dataclass(frozen=True)
class Batch:
    """Makes a write idempotent: Delta ignores a second statement of the same app and version.

    Use one app per table, statement and checkpoint: of two statements with the same pair the second is silently lost.
    """

    app: str
    version: int


@dataclass(frozen=True)
class Merge:
    """How to merge rows with the same key: `gains` is the condition to update the old row, `sets` the new values.

    Expressions call the table `t` and the new rows `s`. `pruning` is a predicate on `t` that skips most files. `drops`
    selects rows of `t` to delete if no new row has their key.
    """

    gains: str | None = None
    sets: dict[str, str | Column] | None = None
    pruning: str | None = None
    drops: Column | None = None


def create_table(spark: SparkSession, settings: Settings, name: str) -> None:
    """Create the table of conf/tables.py; an existing table only gets missing columns."""
    table = TABLES[name]
    if DeltaTable.isDeltaTable(spark, table_path(settings, name)):
        _add_missing_columns(spark, table_path(settings, name), table.schema)
        return
    write_lake_format(settings, local_lake(settings) or HadoopFiles(spark, settings.lake.path))
    create_empty_table(spark, table_path(settings, name), name)


def create_empty_table(spark: SparkSession, path: str, name: str) -> None:
    """Create the empty table `name` of conf/tables.py in the folder `path`."""
    table = TABLES[name]
    builder = DeltaTable.createIfNotExists(spark).location(path).addColumns(table.schema)
    for key, value in _properties(name).items():
        builder = builder.property(key, value)
    (builder.clusterBy(*table.cluster_by) if table.cluster_by else builder).execute()


def _add_missing_columns(spark: SparkSession, path: str, schema: StructType) -> None:
    known = DeltaTable.forPath(spark, path).toDF().columns
    missing = [f"`{field.name}` {field.dataType.simpleString()}" for field in schema.fields if field.name not in known]
    if missing:
        spark.sql(f"ALTER TABLE delta.`{path}` ADD COLUMNS ({', '.join(missing)})")


def append_rows(df: DataFrame, settings: Settings, name: str, batch: Batch | None = None) -> None:
    """Append `df`; a second write of the same `batch` changes nothing."""
    writer = conform(df, TABLES[name].schema).write.format("delta").mode("append")
    if batch:
        writer = writer.option("txnAppId", batch.app).option("txnVersion", batch.version)
    with _turn(settings, name):
        writer.save(table_path(settings, name))


def overwrite_rows(df: DataFrame, settings: Settings, name: str, where: str = "true") -> None:
    """Replace the rows that `where` selects (default: all) in one commit."""
    rows = conform(df, TABLES[name].schema)
    rows.write.format("delta").mode("overwrite").option("replaceWhere", where).save(table_path(settings, name))


def merge_rows(df: DataFrame, settings: Settings, name: str, how: Merge, batch: Batch | None = None) -> None:
    """Insert rows with new keys and update known ones as `how` says; `df` has one row per key.

    MERGE reads `df` twice: persist it if it is expensive.
    """
    on = " AND ".join([on_key(name), *([how.pruning] if how.pruning else [])])

    def complete(builder: DeltaMergeBuilder) -> DeltaMergeBuilder:
        return _when_missing(_when_matched(builder, how).whenNotMatchedInsertAll(), how)

    with _transaction(df.sparkSession, batch):
        _merge(conform(df, TABLES[name].schema), settings, name, on, complete)


def merge_columns(df: DataFrame, settings: Settings, name: str, on: str, gains: str, columns: Sequence[str]) -> None:
    """Set `columns` of the rows `t` that match a row `s` of `df` (`on`) and the condition `gains`; insert none.

    Needs no lock: it may run concurrently with the table's writer. Persist `df`: it is read twice per attempt.
    """
    sets: dict[str, str | Column] = {column: f"s.{column}" for column in columns}
    _merge(df, settings, name, on, lambda builder: builder.whenMatchedUpdate(gains, sets))


def merge_changed_rows(
    df: DataFrame, settings: Settings, name: str, ignoring: tuple[str, ...] = (), drops: Column | None = None
) -> None:
    """Insert or update by key; rows that differ at most in the columns `ignoring` stay as they are.

    Deletes rows of the table `t` that `drops` selects and `df` lacks.
    """
    table = TABLES[name]
    compared = [field for field in table.schema.fieldNames() if field not in (*table.key, *ignoring)]
    merge_rows(df, settings, name, Merge(gains=" OR ".join(f"NOT (t.{c} <=> s.{c})" for c in compared), drops=drops))


def set_columns(
    df: DataFrame, settings: Settings, name: str, sets: dict[str, str | Column], batch: Batch | None = None
) -> None:
    """Set columns of every row `t` of the table; expressions may use the single row `s` of `df`."""
    with _transaction(df.sparkSession, batch):
        _merge(df, settings, name, "true", lambda builder: builder.whenMatchedUpdate(set=sets))


def delete_rows(df: DataFrame, settings: Settings, name: str, by: tuple[str, ...] = ()) -> None:
    """Delete the rows whose key, or columns `by`, are in `df`; an empty `df` makes no commit.

    Uses MERGE, because DELETE would write the keys into the table's log.
    """
    keys = df.select(*by or TABLES[name].key).distinct().persist()
    try:
        if not keys.isEmpty():
            _merge(keys, settings, name, on_key(name, by), lambda builder: builder.whenMatchedDelete())
    finally:
        keys.unpersist()


def delete_where(spark: SparkSession, settings: Settings, name: str, where: str) -> None:
    """Delete the rows that `where` selects. The table's log keeps it, so it must not name anybody."""

    def execute() -> None:
        with _turn(settings, name):
            DeltaTable.forPath(spark, table_path(settings, name)).delete(where)

    retry_conflicts(execute, _CONFLICTS, CONFLICT_TIMEOUT_SECONDS, name)


def on_days(days: Sequence[date]) -> str:
    """The predicate on `t` that skips the files of other days; `days` is sorted."""
    if len(days) > MAX_DAYS_LISTED:
        return f"t.created_on BETWEEN DATE'{days[0]}' AND DATE'{days[-1]}'"
    return "t.created_on IN ({})".format(", ".join(f"DATE'{day}'" for day in days))


def update_rows(spark: SparkSession, settings: Settings, name: str, where: str, sets: dict[str, str | Column]) -> None:
    DeltaTable.forPath(spark, table_path(settings, name)).update(where, sets)


@contextmanager
def lock_tables(settings: Settings, *names: str) -> Iterator[None]:
    """Lock the tables `names` for writing; TableLocked if another process has one. A dead process has none."""
    with ExitStack() as locks:
        for name in sorted(names):
            locks.enter_context(hold_lock(settings.home / "locks" / name, partial(_locked, name)))
        yield


def _locked(name: str, holder: str) -> str:
    return f"{name} is being written by process {holder}: stop it or wait for it, then try again"


def _merge(
    df: DataFrame,
    settings: Settings,
    name: str,
    on: str,
    complete: Callable[[DeltaMergeBuilder], DeltaMergeBuilder],
) -> None:
    """One MERGE of `df` (`s`) into the table (`t`) in its turn, retried after a conflict."""

    def execute() -> None:
        target = DeltaTable.forPath(df.sparkSession, table_path(settings, name)).alias("t")
        with _turn(settings, name):
            complete(target.merge(df.alias("s"), on)).execute()

    retry_conflicts(execute, _CONFLICTS, CONFLICT_TIMEOUT_SECONDS, name)


@contextmanager
def _turn(settings: Settings, name: str) -> Iterator[None]:
    """Wait until no other process or thread of this machine appends to the table or merges into it."""
    folder = settings.home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.turn").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _when_matched(builder: DeltaMergeBuilder, how: Merge) -> DeltaMergeBuilder:
    if not how.gains:
        return builder
    if how.sets is None:
        return builder.whenMatchedUpdateAll(how.gains)
    return builder.whenMatchedUpdate(how.gains, how.sets)


def _when_missing(builder: DeltaMergeBuilder, how: Merge) -> DeltaMergeBuilder:
    return builder if how.drops is None else builder.whenNotMatchedBySourceDelete(how.drops)


def _transaction(spark: SparkSession, batch: Batch | None) -> AbstractContextManager[None]:
    values = (batch.app, str(batch.version)) if batch else ()
    return spark_conf(spark, dict(zip(_TRANSACTION, values, strict=False)))


def _properties(name: str) -> dict[str, str]:
    table = TABLES[name]
    return {
        "delta.enableChangeDataFeed": str(table.change_feed).lower(),
        "delta.enableDeletionVectors": "false",
        "delta.checkpointInterval": "100",
        # Statistics only on columns that a hop prunes by: of text or ids they would write values into the log.
        **(
            {"delta.dataSkippingStatsColumns": ",".join(table.cluster_by)}
            if table.cluster_by
            else {"delta.dataSkippingNumIndexedCols": "0"}
        ),
    }
