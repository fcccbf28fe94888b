"""Doors out to the Delta lake: create, append, merge, overwrite, and the lock that keeps one writer a table.

Who holds a table's lock may add rows to it. Compaction and re-annotation run beside the holder: they only move or
improve rows that are there. A MERGE may therefore find that another commit came first; Delta's conflict check sees it,
and the MERGE is done again. In a table without partitions any commit conflicts with it, a plain append of another day
too (measured with Delta 3.3.3), so the writers of one machine take turns: a long MERGE would never find a gap.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial

from delta.exceptions import ConcurrentAppendException, ConcurrentDeleteDeleteException, ConcurrentDeleteReadException
from delta.tables import DeltaMergeBuilder, DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.types import StructType

from conf.lake_format import write_lake_format
from conf.schemas import conform
from conf.settings import Settings
from conf.tables import TABLES, on_key, table_path
from runtime.file_lock import hold_lock
from runtime.retry import retry_conflicts

MOST_DAYS_LISTED = 60
"""Above so many days a MERGE prunes by their range: a longer list costs more to plan than it saves."""
CONFLICT_TIMEOUT_SECONDS = 300.0
_CONFLICTS = (ConcurrentAppendException, ConcurrentDeleteDeleteException, ConcurrentDeleteReadException)
_TRANSACTION = ("spark.databricks.delta.write.txnAppId", "spark.databricks.delta.write.txnVersion")


@dataclass(frozen=True)
class Batch:
    """What makes a write idempotent: Delta drops a second statement of the same app and version.

    One app a table, statement and checkpoint: two statements that share a pair lose the second in silence.
    """

    app: str
    version: int


@dataclass(frozen=True)
class Merge:
    """How rows meet those with the same key: `gains` says when the old row is rewritten, `sets` to what.

    Expressions name the table `t` and the new rows `s`. `pruning` is a predicate on `t` that spares most files.
    `drops` selects rows of `t` that go when no new row has their key.
    """

    gains: str | None = None
    sets: dict[str, str | Column] | None = None
    pruning: str | None = None
    drops: Column | None = None


def create_table(spark: SparkSession, settings: Settings, name: str) -> None:
    """Create the table as conf/tables.py draws it; one that is there already only gets the columns that it lacks."""
    table = TABLES[name]
    if DeltaTable.isDeltaTable(spark, table_path(settings, name)):
        _add_missing_columns(spark, table_path(settings, name), table.schema)
        return
    write_lake_format(settings)
    builder = DeltaTable.createIfNotExists(spark).location(table_path(settings, name)).addColumns(table.schema)
    for key, value in _properties(name).items():
        builder = builder.property(key, value)
    (builder.clusterBy(*table.cluster_by) if table.cluster_by else builder).execute()


def _add_missing_columns(spark: SparkSession, path: str, schema: StructType) -> None:
    """A table that an older version made gets the newer columns, null in every row that is there."""
    there = DeltaTable.forPath(spark, path).toDF().columns
    missing = [f"`{field.name}` {field.dataType.simpleString()}" for field in schema.fields if field.name not in there]
    if missing:
        spark.sql(f"ALTER TABLE delta.`{path}` ADD COLUMNS ({', '.join(missing)})")


def append_rows(df: DataFrame, settings: Settings, name: str, batch: Batch | None = None) -> None:
    """Append `df`; with a `batch`, a second arrival of the same one changes nothing."""
    writer = conform(df, TABLES[name].schema).write.format("delta").mode("append")
    if batch:
        writer = writer.option("txnAppId", batch.app).option("txnVersion", batch.version)
    with _turn(settings, name):
        writer.save(table_path(settings, name))


def overwrite_rows(df: DataFrame, settings: Settings, name: str, where: str = "true") -> None:
    """Replace the rows that `where` selects (all by default) in one commit."""
    rows = conform(df, TABLES[name].schema)
    rows.write.format("delta").mode("overwrite").option("replaceWhere", where).save(table_path(settings, name))


def merge_rows(df: DataFrame, settings: Settings, name: str, how: Merge, batch: Batch | None = None) -> None:
    """Insert rows whose key is new and rewrite the known ones that gain something; one row a key in `df`.

    `df` is read twice by MERGE: persist it when it is dear.
    """
    on = " AND ".join([on_key(name), *([how.pruning] if how.pruning else [])])

    def complete(builder: DeltaMergeBuilder) -> DeltaMergeBuilder:
        return _when_missing(_when_matched(builder, how).whenNotMatchedInsertAll(), how)

    with _transaction(df.sparkSession, batch):
        _merge(conform(df, TABLES[name].schema), settings, name, on, complete)


def merge_columns(df: DataFrame, settings: Settings, name: str, on: str, gains: str, columns: Sequence[str]) -> None:
    """Set `columns` of the rows `t` that meet a row `s` of `df` (`on`) and gain something by it (`gains`); add none.

    Needs no lock: it runs beside the table's writer. `df` is read twice, and again after each conflict: persist it.
    """
    sets: dict[str, str | Column] = {column: f"s.{column}" for column in columns}
    _merge(df, settings, name, on, lambda builder: builder.whenMatchedUpdate(gains, sets))


def merge_changed_rows(
    df: DataFrame, settings: Settings, name: str, ignoring: tuple[str, ...] = (), drops: Column | None = None
) -> None:
    """Created or updated by key; a row whose content, but for the columns `ignoring`, is the same stays as it is.

    Rows of the table `t` that `drops` selects and `df` lacks are deleted.
    """
    table = TABLES[name]
    compared = [field for field in table.schema.fieldNames() if field not in (*table.key, *ignoring)]
    merge_rows(df, settings, name, Merge(gains=" OR ".join(f"NOT (t.{c} <=> s.{c})" for c in compared), drops=drops))


def set_columns(
    df: DataFrame, settings: Settings, name: str, sets: dict[str, str | Column], batch: Batch | None = None
) -> None:
    """Set columns of every row `t` of the table; expressions may name the one row `s` of `df`."""
    with _transaction(df.sparkSession, batch):
        _merge(df, settings, name, "true", lambda builder: builder.whenMatchedUpdate(set=sets))


def delete_rows(df: DataFrame, settings: Settings, name: str, by: tuple[str, ...] = ()) -> None:
    """Delete the rows whose key, or columns `by`, stand in `df`; where that is empty the table gets no commit.

    A MERGE: a DELETE would write the keys into the table's log.
    """
    keys = df.select(*by or TABLES[name].key).distinct().persist()
    try:
        if not keys.isEmpty():
            _merge(keys, settings, name, on_key(name, by), lambda builder: builder.whenMatchedDelete())
    finally:
        keys.unpersist()


def delete_where(spark: SparkSession, settings: Settings, name: str, where: str) -> None:
    """Delete the rows that `where` selects. It is written into the table's log: it may name days, and nobody."""

    def execute() -> None:
        with _turn(settings, name):
            DeltaTable.forPath(spark, table_path(settings, name)).delete(where)

    retry_conflicts(execute, _CONFLICTS, CONFLICT_TIMEOUT_SECONDS, name)


def on_days(days: Sequence[date]) -> str:
    """The predicate on `t` that spares the files of other days than these, which are in order."""
    if len(days) > MOST_DAYS_LISTED:
        return f"t.created_on BETWEEN DATE'{days[0]}' AND DATE'{days[-1]}'"
    return "t.created_on IN ({})".format(", ".join(f"DATE'{day}'" for day in days))


def update_rows(spark: SparkSession, settings: Settings, name: str, where: str, sets: dict[str, str | Column]) -> None:
    """Set columns of the rows that `where` selects."""
    DeltaTable.forPath(spark, table_path(settings, name)).update(where, sets)


@contextmanager
def lock_tables(settings: Settings, *names: str) -> Iterator[None]:
    """Hold the tables `names` for writing; TableLocked when another process does. A dead holder holds nothing."""
    with ExitStack() as held:
        for name in sorted(names):
            held.enter_context(hold_lock(settings.home / "locks" / name, partial(_refusal, name)))
        yield


def _refusal(name: str, holder: str) -> str:
    return f"{name} is being written by process {holder}: stop it or wait for it, then try again"


def _merge(
    df: DataFrame,
    settings: Settings,
    name: str,
    on: str,
    complete: Callable[[DeltaMergeBuilder], DeltaMergeBuilder],
) -> None:
    """One MERGE of `df` (`s`) into the table (`t`) in its turn, done again when another commit came first."""

    def execute() -> None:
        target = DeltaTable.forPath(df.sparkSession, table_path(settings, name)).alias("t")
        with _turn(settings, name):
            complete(target.merge(df.alias("s"), on)).execute()

    retry_conflicts(execute, _CONFLICTS, CONFLICT_TIMEOUT_SECONDS, name)


@contextmanager
def _turn(settings: Settings, name: str) -> Iterator[None]:
    """Wait until nobody else on this machine appends to the table or merges into it."""
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


@contextmanager
def _transaction(spark: SparkSession, batch: Batch | None) -> Iterator[None]:
    values = (batch.app, str(batch.version)) if batch else ()
    for key, value in zip(_TRANSACTION, values, strict=False):
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key in _TRANSACTION:
            spark.conf.unset(key)


def _properties(name: str) -> dict[str, str]:
    table = TABLES[name]
    return {
        "delta.enableChangeDataFeed": str(table.change_feed).lower(),
        "delta.enableDeletionVectors": "false",
        "delta.checkpointInterval": "100",
        # Statistics only where a hop prunes: on text or ids they would publish values in the log.
        **(
            {"delta.dataSkippingStatsColumns": ",".join(table.cluster_by)}
            if table.cluster_by
            else {"delta.dataSkippingNumIndexedCols": "0"}
        ),
    }
