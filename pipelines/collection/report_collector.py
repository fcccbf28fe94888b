"""The state of this home's collectors -> a report on the console."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sources.collector.gap_ledger import read_gaps
from pipelines.sources.collector.read_budget import Spending, read_spending
from pipelines.sources.collector.state import State, is_alive, read_states
from pipelines.sources.collector.store import Store, open_known_store, read_note
from pipelines.sources.x.compliance import JOBS_NOTE, LOOKUP_NOTE

_COMPLIANCE = (f"{JOBS_NOTE}tweets", f"{JOBS_NOTE}users", LOOKUP_NOTE)


def run(settings: Settings, options: Options, console: Console) -> None:
    """Show whether each collector is running, its rates, gaps, the month's reads, compliance; --json for programs.

    MissingPrerequisite when no collector has run in this home.
    """
    store = open_known_store(settings)
    try:
        report = _read(store, settings, options.as_of.timestamp())
    finally:
        store.close()
    if options.extra.get("json"):
        console.out(json.dumps(report), highlight=False)
        return
    console.print(status_table(report["collectors"]))
    listed = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in report["gaps"].items()) or "none"
    console.print(f"gaps: {listed} (jobs.list_gaps lists them)", highlight=False)
    console.print(spending_line(report["budget"], report["reads"]), highlight=False)
    for name, note in report["compliance"].items():
        console.print(compliance_line(name, note), highlight=False)


def status_table(collectors: Sequence[Mapping[str, Any]]) -> Table:
    """One column per source."""
    table = Table("", *(str(each["source"]) for each in collectors), title="Collectors")
    rows = {
        "state": _status,
        "reported at (UTC)": lambda each: f"{datetime.fromtimestamp(each['written_at'], UTC):%Y-%m-%d %H:%M:%S}",
        "received": lambda each: f"{each['received']:,} ({each['received_bytes'] / 1e6:,.1f} MB)",
        "acknowledged": lambda each: f"{each['delivered']:,}",
        "repaired": lambda each: f"{each['repaired']:,}",
        "waiting, in flight": lambda each: f"{each['waiting']:,}, {each['under_way']:,}",
        "tweets per second": lambda each: f"{each['rate']:.1f}",
        "lag": lambda each: f"{each['lag']:.1f} s",
        "socket to Kafka p50, p99": lambda each: f"{_ms(each['latency_p50'])}, {_ms(each['latency_p99'])}",
        "connections": lambda each: f"{each['connects']:,}",
        "ended by": lambda each: ", ".join(f"{cause} {count}" for cause, count in each["endings"].items()),
    }
    for name, draw in rows.items():
        table.add_row(name, *(draw(each) for each in collectors))
    return table


def spending_line(spending: Mapping[str, Any], reads: Mapping[str, int]) -> str:
    """The month's reads, their cost and the forecast."""
    share = spending["reads"] / spending["limit"]
    by_source = ", ".join(f"{source} {count:,}" for source, count in reads.items())
    return (
        f"reads in {spending['month']}: {spending['reads']:,} of {spending['limit']:,} ({share:.1%}), "
        f"{spending['cost']:,.2f} USD; forecast for the month {spending['forecast']:,}"
        f"{f' ({by_source})' if by_source else ''}"
    )


def compliance_line(name: str, note: Mapping[str, Any]) -> str:
    """The state of the last compliance job or lookup round."""
    if name == LOOKUP_NOTE:
        done = "done" if note["is_done"] else f"in progress, up to tweet {note['after_id']}"
        return f"lookup: the round started at {_minute(note['started_at'])} is {done}"
    job = f"running as X's job {note['job_id']}" if note.get("job_id") else "not running"
    last = f"the last one finished at {_minute(note['done_at'])}" if note.get("done_at") else "none has finished yet"
    return f"compliance job about {name.removeprefix(JOBS_NOTE)}: {job}, {last}"


def _minute(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _read(store: Store, settings: Settings, now: float) -> dict[str, Any]:
    states: list[State] = read_states(store)
    spending: Spending = read_spending(store, settings.x.monthly_reads, now)
    rows = store.rows(
        "SELECT source, sum(reads) AS reads FROM reads WHERE day LIKE ? GROUP BY source", f"{spending.month}-%"
    )
    return {
        "collectors": [asdict(state) | {"is_running": is_alive(state.pid)} for state in states],
        "gaps": dict(sorted(Counter(gap.state.value for gap in read_gaps(store)).items())),
        "budget": asdict(spending),
        "reads": {row["source"]: row["reads"] for row in rows},
        "compliance": {name: note for name in _COMPLIANCE if (note := read_note(store, name))},
    }


def _status(state: Mapping[str, Any]) -> str:
    if not state["is_running"]:
        return "ended"
    return f"{'connected' if state['is_connected'] else 'not connected'}, process {state['pid']}"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
