"""The clock of a ticket in words: how long until the first response is due, or since when it has been."""

from datetime import datetime, timedelta
from typing import Any

from serving.dashboard import words
from serving.desk.states import State

Clock = dict[str, Any]
SOON = 0.25
"""The clock turns yellow for the last quarter of its time."""
MANY_HOURS = 100
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ENDED = {State.PENDING.value: "waiting", State.SOLVED.value: "solved", State.CLOSED.value: "closed"}


def clock_of(row: dict[str, Any], now: datetime) -> Clock:
    """{text, tone, due, soon, title}: `due` and `soon` are moments by which the page lets it tick."""
    if not row["is_running"]:
        text = ENDED.get(row["state"], "answered")
        return {"text": text, "tone": "quiet", "due": None, "soon": None, "title": _ended(row, text)}
    due, started = row["due_at"], row["clock_started_at"]
    soon = due - SOON * (due - started)
    tone = "worse" if now > due else "warn" if now > soon else ""
    side = words.ago(due, now) if now > due else f"in {length(due - now)}"
    title = f"First response due {due:%-d %b, %H:%M} UTC, {side}"
    return {"text": short(due - now), "tone": tone, "due": due, "soon": soon, "title": title}


def short(left: timedelta) -> str:
    """Hours and minutes, −0:42 where they have passed; days where there are many."""
    sign, size = ("−", -left) if left < timedelta(0) else ("", left)
    minutes = int(size / MINUTE)
    if size >= MANY_HOURS * HOUR:
        return f"{sign}{size.days} d"
    return f"{sign}{minutes // 60}:{minutes % 60:02}"


def length(size: timedelta | None) -> str:
    """A time in the unit that matters: 38 min, 2.4 h, 3 d."""
    if size is None:
        return "–"
    if size < 1.5 * HOUR:
        return f"{size / MINUTE:.0f} min"
    return f"{size / HOUR:.1f} h" if size < 48 * HOUR else f"{size / (24 * HOUR):.0f} d"


def minutes(value: float | None) -> str:
    return length(None if value is None else value * MINUTE)


def _ended(row: dict[str, Any], text: str) -> str:
    if row["first_response_at"] is None:
        return f"{text.capitalize()}, without an answer on X"
    return f"{text.capitalize()}; first answered after {length(row['first_response_at'] - row['opened_at'])}"
