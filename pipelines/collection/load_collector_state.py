"""The collector's books -> bronze.collection_gaps and bronze.api_reads: what was missed, and what was read of X.

No Spark: light enough for once a minute. What the lake holds already says what is new, so a run that was killed, or is
done twice, adds nothing twice.
"""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

from conf.settings import Settings
from pipelines.sinks.lake_rows import append_plain_rows, read_plain_rows
from pipelines.sources.collector.gap_ledger import Gap, State, read_gaps
from pipelines.sources.collector.store import Store, collector_lock, open_known_store
from pipelines.sources.x.clock import moment_of

logger = logging.getLogger("brandpulse.land_collection")

GAPS, READS = "bronze.collection_gaps", "bronze.api_reads"
LOCK = "land_collection"
Row = dict[str, Any]


def run(settings: Settings, now: datetime, *, full: bool) -> None:
    """Append settled gaps, and reads since the last row of their day; `full` looks at all days, not the last 3.

    MissingPrerequisite when no collector has worked in this home.
    """
    store = open_known_store(settings)
    try:
        with collector_lock(settings, LOCK):
            for name, rows in (
                (GAPS, _new_gaps(settings, store)),
                (READS, _new_reads(settings, store, now, full=full)),
            ):
                if rows:
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
    landed: dict[tuple[date, str], tuple[int, float]] = {}
    columns = ("read_on", "source", "read_count", "cost_usd")
    for row in read_plain_rows(settings, READS, columns, [("read_on", ">=", since)]):
        reads, cost = landed.get((row["read_on"], row["source"]), (0, 0.0))
        landed[row["read_on"], row["source"]] = (reads + row["read_count"], cost + row["cost_usd"])
    new: list[Row] = []
    for known in store.rows("SELECT * FROM reads WHERE day >= ? ORDER BY day, source", since.isoformat()):
        day, source = date.fromisoformat(known["day"]), known["source"]
        reads, cost = landed.get((day, source), (0, 0.0))
        if known["reads"] > reads:
            added = {"read_count": known["reads"] - reads, "cost_usd": known["cost"] - cost}
            new.append({"read_on": day, "source": source, "written_at": now} | added)
    return new


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
