"""The collector's state in the lake, read back as Delta."""

from datetime import UTC, date, datetime

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from conf.settings import Settings
from conf.tables import TABLES, table_path
from pipelines.collection import load_collector_state
from pipelines.operations import compact_lake
from pipelines.sinks.lake_rows import read_plain_rows
from pipelines.sources.collector.gap_ledger import GapLedger, State
from pipelines.sources.collector.store import Store
from pipelines.sources.lake import read_table
from pipelines.sources.x.clock import first_id
from runtime.errors import MissingPrerequisite
from tests.stored import stored_count

NOON = datetime(2026, 9, 21, 12, tzinfo=UTC)
MOMENT = NOON.timestamp()


def read(store: Store, day: str, reads: int) -> None:
    """Adds reads of the stream on a day, at half a cent each."""
    store.write(
        "INSERT INTO reads VALUES (?, 'x:stream', ?, ?) ON CONFLICT DO UPDATE SET"
        " reads = reads + excluded.reads, cost = cost + excluded.cost",
        *(day, reads, reads * 0.005),
    )


def totals(settings: Settings) -> dict[date, tuple[int, float]]:
    """{day: (reads, US dollars)} in the lake."""
    found: dict[date, tuple[int, float]] = {}
    for row in read_plain_rows(settings, load_collector_state.READS, ("read_on", "read_count", "cost_usd")):
        reads, cost = found.get(row["read_on"], (0, 0.0))
        found[row["read_on"]] = (reads + row["read_count"], round(cost + row["cost_usd"], 6))
    return found


def test_reads_add_up_to_what_was_read_however_often_it_runs(offline_settings: Settings) -> None:
    store = Store(offline_settings)
    for _ in range(2):
        read(store, "2026-09-20", 100)
        read(store, "2026-09-21", 30)
        for _ in range(2):
            load_collector_state.run(offline_settings, NOON, full=False)
    store.close()
    assert totals(offline_settings) == {date(2026, 9, 20): (200, 1.0), date(2026, 9, 21): (60, 0.3)}
    assert len(read_plain_rows(offline_settings, load_collector_state.READS, ("source",))) == 4


def test_days_long_past_are_caught_up_on_demand(offline_settings: Settings) -> None:
    store = Store(offline_settings)
    read(store, "2026-08-01", 5)
    store.close()
    load_collector_state.run(offline_settings, NOON, full=False)
    assert totals(offline_settings) == {}
    load_collector_state.run(offline_settings, NOON, full=True)
    assert totals(offline_settings) == {date(2026, 8, 1): (5, 0.025)}


def test_a_gap_lands_once_when_it_is_settled(offline_settings: Settings) -> None:
    store = Store(offline_settings)
    ledger = GapLedger(store, "x:stream", 30.0)
    ledger.open("abort", "", first_id(MOMENT), MOMENT)
    ledger.end(MOMENT + 60)
    for expected in (0, 1, 1):
        load_collector_state.run(offline_settings, NOON, full=False)
        assert len(read_plain_rows(offline_settings, load_collector_state.GAPS, ("gap_id",))) == expected
        ledger.settle(ledger.gaps()[0], State.LOST_RETWEETS, 7, "no retweets", MOMENT + 100)
    store.close()
    (row,) = DeltaTable(table_path(offline_settings, load_collector_state.GAPS)).to_pyarrow_table().to_pylist()
    assert list(row) == TABLES[load_collector_state.GAPS].schema.fieldNames()
    assert (row["state"], row["found_count"], row["reason"]) == ("lost_retweets", 7, "no retweets")
    assert (row["opened_at"], row["ended_at"]) == (NOON, datetime(2026, 9, 21, 12, 1, tzinfo=UTC))
    assert (row["searched_to_at"] - row["searched_from_at"]).total_seconds() == 120


def test_a_home_without_a_collector_says_how_to_begin(offline_settings: Settings) -> None:
    with pytest.raises(MissingPrerequisite, match="no collector has run"):
        load_collector_state.run(offline_settings, NOON, full=False)


def test_spark_compacts_what_was_written_without_it_and_the_writing_goes_on(
    spark: SparkSession, offline_settings: Settings
) -> None:
    store = Store(offline_settings)
    for reads in (10, 20, 30):
        read(store, "2026-09-21", reads)
        load_collector_state.run(offline_settings, NOON, full=False)
    compact_lake.run(spark, offline_settings, dry_run=False)
    table = read_table(spark, offline_settings, load_collector_state.READS)
    assert (len(table.inputFiles()), table.agg({"read_count": "sum"}).collect()[0][0]) == (1, 60)
    read(store, "2026-09-21", 5)
    load_collector_state.run(offline_settings, NOON, full=False)
    store.close()
    assert totals(offline_settings) == {date(2026, 9, 21): (65, 0.325)}
    assert stored_count(offline_settings, load_collector_state.READS) == 4
