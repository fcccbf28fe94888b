"""Incidents as rows of gold.alerts, and back; what an alert says in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.alerts.incidents import Incident
from models.alerts.signals import Kind, Signal
from models.privacy.limits import round_count

Row = dict[str, Any]
HUNDRED = 100
FIGURES = {"volume_spike": "tweets", "complaint_surge": "complaints", "rule": "as a rule asks"}


@dataclass(frozen=True)
class Evidence:
    """What people talked about then: names of topics with their shares of the tweets, the largest first, and terms."""

    topics: Sequence[tuple[str, float]] = ()
    terms: Sequence[str] = ()


def to_row(incident: Incident, evidence: Evidence, as_of: datetime, min_authors: int) -> Row:
    """The incident as a row of GOLD_ALERTS; the number of authors is rounded, and left out below `min_authors`."""
    peak = incident.peak
    return {
        "alert_id": incident.alert_id,
        "brand": incident.brand,
        "kind": incident.kind,
        "rule_id": incident.rule_id,
        "rule_version": incident.rule_version,
        "started_at": incident.started_at,
        "detected_at": incident.detected_at,
        "peak_at": peak.at,
        "ended_at": incident.ended_at,
        "observed": round(peak.observed, 2),
        "expected": round(peak.expected, 2),
        "expected_low": round(peak.low, 2),
        "expected_high": round(peak.high, 2),
        "tweet_count": peak.tweets,
        "author_count": round_count(peak.authors) if peak.authors >= min_authors else None,
        "terms": list(evidence.terms),
        "topics": [name for name, _ in evidence.topics],
        "cause": explain(incident, evidence),
        "as_of": as_of,
    }


def from_row(row: Mapping[str, Any]) -> Incident:
    """The incident of a row, to continue it."""
    kind: Kind = row["kind"]
    ends = (row["expected_low"], row["expected_high"])
    counts = (row["tweet_count"] or 0, row["author_count"] or 0)
    peak = Signal(kind, row["peak_at"], row["observed"], row["expected"], *ends, 0.0, True, *counts)
    last = row["ended_at"] or row["as_of"]
    times = (row["started_at"], row["detected_at"], peak, last, row["ended_at"])
    return Incident(row["brand"], kind, *times, row["rule_id"], row["rule_version"])


def explain(incident: Incident, evidence: Evidence) -> str:
    """What happened, against what is usual, and what people talked about."""
    return " ".join([_happened(incident), *_about(evidence)])


def _happened(incident: Incident) -> str:
    peak, kind = incident.peak, incident.kind
    when = f"{peak.at:%A}s at {peak.at:%H:%M}"
    if kind == "sentiment_drop":
        usual = f"{HUNDRED * peak.low:.0f} to {HUNDRED * peak.high:.0f}"
        return f"Sentiment fell to {HUNDRED * peak.observed:.0f}; {usual} is usual."
    if kind == "silence":
        return f"No tweet arrived where about {peak.expected:.0f} are usual."
    if kind == "new_topic":
        return "People began to talk about something new."
    noun = FIGURES.get(kind, "tweets")
    ratio = peak.observed / peak.expected if peak.expected else 0.0
    times = f", {ratio:.1f} times what is usual on {when}" if ratio and kind != "rule" else ""
    return f"{peak.observed:,.0f} {noun} in an hour{times}." if kind != "rule" else "A rule of yours applies."


def _about(evidence: Evidence) -> list[str]:
    if not evidence.topics:
        return []
    name, share = evidence.topics[0]
    return [f"{HUNDRED * share:.0f} % were about {name}."] if share else [f"It is about {name}."]
