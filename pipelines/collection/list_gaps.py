"""The collector's gaps -> a table: what was missed, whether it was repaired, and why not."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sources.collector.gap_ledger import Gap, State, read_gaps
from pipelines.sources.collector.store import open_known_store

UNREPAIRED = (State.OPEN, State.LOST_RETWEETS, State.LOST)


def run(settings: Settings, options: Options, console: Console) -> None:
    """Show the gaps that are not fully repaired; --full: all. --json: one object per line.

    MissingPrerequisite when no collector has run in this home.
    """
    store = open_known_store(settings)
    try:
        gaps = [gap for gap in read_gaps(store) if options.full or gap.state in UNREPAIRED]
    finally:
        store.close()
    if options.extra.get("json"):
        for gap in gaps:
            console.out(json.dumps(asdict(gap)), highlight=False)
        return
    console.print(gap_table(gaps))
    console.print(summary(gaps), highlight=False)


def gap_table(gaps: Iterable[Gap]) -> Table:
    """One row per gap, oldest first; times in UTC."""
    table = Table("gap", "source", "from", "to", "cause", "state", "why", title="Gaps (UTC)")
    for column in ("seconds", "found"):
        table.add_column(column, justify="right")
    for gap in gaps:
        begin, end = _moment(gap.opened_at), _moment(gap.ended_at)
        cause = f"{gap.cause}: {gap.detail}" if gap.detail else gap.cause
        source = gap.source if len(gap.source) < 40 else f"{gap.source[:39]}…"
        why = gap.reason or ("" if gap.state is State.REPAIRED else "not searched yet")
        figures = (f"{gap.seconds:,.0f}" if gap.ended_at else "lasts", f"{gap.found:,}")
        table.add_row(str(gap.gap_id), source, begin, end, cause, gap.state.value, why, *figures)
    return table


def summary(gaps: Iterable[Gap]) -> str:
    """One sentence: the number of gaps in each state, and their total length."""
    found = list(gaps)
    counts = {state: sum(gap.state is state for gap in found) for state in State}
    listed = ", ".join(f"{count} {state.value.replace('_', ' ')}" for state, count in counts.items() if count)
    return f"{listed}; {sum(gap.seconds for gap in found):,.0f} s in total" if found else "no gaps"


def _moment(seconds: float | None) -> str:
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
