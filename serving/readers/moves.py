"""How did the segments of a brand move in a week: in size, sentiment and complaints?"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from conf.settings import Settings
from pipelines.sources.mongo import Document, Ids
from serving.readers.changes import Figure, share
from serving.readers.rows import WHOLE, Rows, read_rows
from serving.readers.segments import HISTORY

COMPARED = ("sentiment_mean", "complaint_share")
WEEK = timedelta(weeks=1)


def read_segment_moves(settings: Settings, brand: str) -> Rows:
    """Per segment its newest day, the newest that is a week older, and of each figure whether chance explains the move.

    The variance of a mean of values in 0..1 is at most that of a share, whose interval is used: rather too wide.
    """
    days = read_rows(settings, HISTORY, Ids.under(brand), WHOLE)
    segments = groupby(days.rows, key=lambda row: row["segment_id"])
    return Rows(days.run, days.as_of, [move_of(segment, list(rows)) for segment, rows in segments])


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
