"""The collector's state -> bronze.collection_gaps and bronze.api_reads: missed tweets and reads of X's API.

Runs without Spark, cheap enough for once per minute. A run compares the state with the rows in the lake and appends the
difference: a killed or repeated run duplicates nothing.
"""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

from conf.settings import Settings
from pipelines.sinks.lake_rows import append_plain_rows, read_plain_rows
from pipelines.sources.collector.gap_ledger import Gap, State, read_gaps
from pipelines.sources.collector.store import Store, collector_lock, open_known_store
from pipelines.sources.x.clock import moment_of

logger = logging.getLogger("brandpulse.load_collector_state")

GAPS, READS = "bronze.collection_gaps", "bronze.api_reads"
LOCK = "load_collector_state"
Row = dict[str, Any]


def run(settings: Settings, now: datetime, *, full: bool, dry_run: bool = False) -> None:
    """Append settled gaps, and reads that are not in the lake yet; `full` compares all days, not only the last 3;
    `dry_run` only counts them.

    MissingPrerequisite when no collector has run in this home.
    """
    store = open_known_store(settings)
    try:
        with collector_lock(settings, LOCK):
            for name, rows in (
                (GAPS, _new_gaps(settings, store)),
                (READS, _new_reads(settings, store, now, full=full)),
            ):
                if rows and not dry_run:
                    append_plain_rows(settings, name, rows)
                logger.info("%s: %d new rows", name, len(rows))
    finally:
        store.close()


def _new_gaps(settings: Settings, store: Store) -> list[Row]:
    known = {(row["source"], row["gap_id"]) for row in read_plain_rows(settings, GAPS, ("source", "gap_id"))}
    settled = [gap for gap in read_gaps(store) if gap.state is not State.OPEN]
    return [_gap_row(gap) for gap in settled if (gap.source, gap.gap_id) not in known]


def _gap_row(gap: Gap) -> Row:
    names = ("gap_id", "source", "cause", "detail", "reason")
    until_id = gap.until_id or gap.since_id
    return {name: getattr(gap, name) for name in names} | {
        "state": gap.state.value,
        "opened_at": _instant(gap.opened_at),
        "ended_at": _instant(gap.ended_at),
        "searched_from_at": _instant(moment_of(gap.since_id)),
        "searched_to_at": _instant(moment_of(until_id)),
        "settled_at": _instant(gap.settled_at),
        "found_count": gap.found,
    }


def _new_reads(settings: Settings, store: Store, now: datetime, *, full: bool) -> list[Row]:
    since = date.min if full else now.date() - timedelta(days=2)
    loaded: dict[tuple[date, str], tuple[int, float]] = {}
    columns = ("read_on", "source", "read_count", "cost_usd")
    for row in read_plain_rows(settings, READS, columns, [("read_on", ">=", since)]):
        reads, cost = loaded.get((row["read_on"], row["source"]), (0, 0.0))
        loaded[row["read_on"], row["source"]] = (reads + row["read_count"], cost + row["cost_usd"])
    new: list[Row] = []
    for known in store.rows("SELECT * FROM reads WHERE day >= ? ORDER BY day, source", since.isoformat()):
        day, source = date.fromisoformat(known["day"]), known["source"]
        reads, cost = loaded.get((day, source), (0, 0.0))
        if known["reads"] > reads:
            added = {"read_count": known["reads"] - reads, "cost_usd": known["cost"] - cost}
            new.append({"read_on": day, "source": source, "written_at": now} | added)
    return new


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
