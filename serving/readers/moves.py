"""How did the segments of a brand move in a week: in size, sentiment and complaints?"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from conf.settings import Settings
from pipelines.sources.mongo import Document, Ids, read_run
from serving.readers.changes import Figure, share
from serving.readers.rows import Rows, in_one_run
from serving.readers.segments import HISTORY

COMPARED = ("sentiment_mean", "complaint_share")
WEEK, RECENT = timedelta(weeks=1), timedelta(days=30)
"""A segment whose last day is older than RECENT is not compared."""


def read_segment_moves(
    settings: Settings, brand: str, segment_ids: Iterable[str], until: datetime | None = None
) -> Rows:
    """Per segment its newest day before `until`, the newest a week older, and per figure if chance explains the move.

    The variance of a mean of values in 0..1 is at most that of a share, whose interval is used: rather too wide.
    """

    def read(run: int, as_of: datetime) -> Rows:
        since = ((until or as_of) - RECENT).date().isoformat()
        end = f":{until.date().isoformat()}" if until else ";"
        recent = {each: Ids(f"{brand}:{each}:{since}", f"{brand}:{each}{end}") for each in segment_ids}
        days = {each: read_run(settings, HISTORY, run, ids) for each, ids in recent.items()}
        return Rows(run, as_of, [move_of(each, rows) for each, rows in days.items() if rows])

    return in_one_run(settings, HISTORY, read)


def move_of(segment_id: str, days: Iterable[Document]) -> dict[str, Any]:
    """`days` of one segment, the oldest first."""
    *earlier, newest = days
    monday = as_day(newest["measured_on"]) - WEEK
    before = next((row for row in reversed(earlier) if as_day(row["measured_on"]) <= monday), None)
    moves = {name: _move(name, newest, before) for name in COMPARED}
    return {"segment_id": segment_id, "newest": newest, "before": before, "moves": moves}


def as_day(value: Any) -> datetime:
    """A day, which the store has as text or as midnight."""
    day = value if isinstance(value, datetime) else datetime.fromisoformat(str(value)[:10])
    return day.replace(tzinfo=None)


def _move(name: str, newest: Document, before: Document | None) -> dict[str, Any] | None:
    if before is None or newest[name] is None or before[name] is None:
        return None
    now, then = _figure(newest, name), _figure(before, name)
    is_chance = now.low <= then.high and then.low <= now.high
    return {"change": round(newest[name] - before[name], 9), "is_chance": is_chance}


def _figure(row: Document, name: str) -> Figure:
    return share({name: row[name]}, name, row["author_count"])
