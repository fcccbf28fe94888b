"""What people talked about in an incident, from the published figures of topics; each rests on 100 authors or more."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from models.alerts.incidents import Incident
from models.alerts.rows import Evidence
from models.alerts.signals import Signal

WINDOWS = ("topic_id", "window", "started_at", "ended_at", "share_of_voice")
LIST = ("topic_id", "name", "terms", "born_at")
NARROWEST = ("hour", "6h", "day", "week")
NO_TOPIC = "none"
MOST_TOPICS, MOST_TERMS = 3, 6
NEW_FOR = timedelta(days=1)
AFTER_FIRST = timedelta(hours=1)
"""A brand's first topics are all new: that is no alert."""
Row = Mapping[str, Any]


def find_evidence(incident: Incident, trends: Sequence[Row], topics: Sequence[Row]) -> Evidence:
    """The topics of the narrowest window around the peak that shows any; of a new topic itself, of a silence none."""
    if incident.kind == "silence":
        return Evidence()
    known = {row["topic_id"]: row for row in topics}
    if incident.kind == "new_topic":
        own = known.get(incident.rule_id or "")
        return Evidence(((own["name"], 0.0),), tuple(own["terms"][:MOST_TERMS])) if own else Evidence()
    for window in NARROWEST:
        rows = [row for row in trends if row["window"] == window and _holds(row, incident.peak.at)]
        named = [row for row in rows if row["topic_id"] in known]
        if named:
            largest = sorted(named, key=lambda row: -(row["share_of_voice"] or 0.0))[:MOST_TOPICS]
            shares = tuple((str(known[row["topic_id"]]["name"]), row["share_of_voice"] or 0.0) for row in largest)
            return Evidence(shares, tuple(known[largest[0]["topic_id"]]["terms"][:MOST_TERMS]))
    return Evidence()


def new_topics(rows: Iterable[Row], now: datetime) -> list[Incident]:
    """An incident for each topic of the last day that is younger than the brand's first; `rule_id` is its id."""
    listed = list(rows)
    first = {brand: min(row["born_at"] for row in listed if row["brand"] == brand) for brand in _brands(listed)}
    return [
        _new_topic(row)
        for row in listed
        if now - row["born_at"] <= NEW_FOR and row["born_at"] - first[row["brand"]] >= AFTER_FIRST
    ]


def _new_topic(row: Row) -> Incident:
    at, count = row["born_at"], row["tweet_count"] or 0
    peak = Signal("new_topic", at, float(count), 0.0, 0.0, 0.0, 0.0, True, count, row["author_count"] or 0)
    return Incident(row["brand"], "new_topic", at, at, peak, at, at, row["topic_id"])


def _brands(rows: Iterable[Row]) -> set[str]:
    return {row["brand"] for row in rows}


def _holds(row: Row, at: datetime) -> bool:
    return bool(row["started_at"] < at <= row["ended_at"])
