"""A user's own rules: a figure of the last hour above or below a number, or a change in per cent against the usual.

A rule fires once, and again only after its condition did not hold for its quiet time (re-arming). It never fires on
fewer tweets than its minimum.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from conf.brand.alert_rules import Rule
from models.alerts.baseline import Baseline
from models.alerts.incidents import Incident
from models.alerts.signals import LastHour, Signal


def figure_of(rule: Rule, last: LastHour, baseline: Baseline | None) -> tuple[float, float] | None:
    """What the rule looks at, and what is usual of it; None where it is unknown."""
    tweets = baseline.expected(last.now) if baseline else 0.0
    share = baseline.complaint_share or 0.0 if baseline else 0.0
    if rule.figure == "tweets":
        return float(last.tweets), tweets
    if rule.figure == "complaints":
        return None if last.complaints is None else (float(last.complaints), tweets * share)
    if rule.figure == "complaint_share":
        return None if last.complaints is None or not last.tweets else (last.complaints / last.tweets, share)
    usual = baseline.sentiment if baseline else None
    return None if last.sentiment is None else (last.sentiment, usual if usual is not None else last.sentiment)


def holds(rule: Rule, observed: float, usual: float) -> bool:
    """Whether the rule's condition holds; a change of what is usually nothing is no change."""
    if rule.comparison == "above":
        return observed > rule.threshold
    if rule.comparison == "below":
        return observed < rule.threshold
    change = round(100 * (observed - usual) / usual, 6) if usual > 0 else 0.0
    return change >= rule.threshold if rule.comparison == "rises" else change <= -rule.threshold


def signal_of(rule: Rule, last: LastHour, baseline: Baseline | None) -> Signal | None:
    """The rule's signal in this hour; None where it does not hold, or on too few tweets."""
    found = figure_of(rule, last, baseline)
    if not rule.is_enabled or found is None or last.tweets < rule.min_tweets or not holds(rule, *found):
        return None
    observed, usual = found
    return Signal("rule", last.now, observed, usual, usual, usual, 0.0, True, last.tweets, last.authors)


@dataclass
class RuleTracker:
    """When a rule fired: one incident until it is armed again."""

    rule: Rule
    current: Incident | None = None

    def see(self, last: LastHour, baseline: Baseline | None) -> Incident | None:
        """Take this look; returns the incident if it began, changed or ended."""
        signal, now, rule = signal_of(self.rule, last, baseline), last.now, self.rule
        known = self.current
        quiet = timedelta(minutes=rule.quiet_minutes)
        if signal is None:
            ended = end(known)
            self.current = ended or known
            return ended
        if known and (known.ended_at is None or now - known.last_at < quiet):
            peak = signal if signal.strength > known.peak.strength else known.peak
            self.current = replace(known, peak=peak, last_at=now, ended_at=None)
            return self.current
        self.current = Incident(rule.brand, "rule", now, now, signal, now, None, rule.rule_id, rule.version)
        return self.current


def end(incident: Incident | None) -> Incident | None:
    """The incident, ended when it was last seen; None where none lasts."""
    return None if incident is None or incident.ended_at is not None else replace(incident, ended_at=incident.last_at)


def count_fires(rule: Rule, hours: Iterable[tuple[LastHour, Baseline | None]]) -> list[datetime]:
    """When the rule would have fired in these hours: its preview."""
    tracker, fired = RuleTracker(rule), []
    for last, baseline in hours:
        before = tracker.current.alert_id if tracker.current else None
        incident = tracker.see(last, baseline)
        if incident and incident.alert_id != before:
            fired.append(incident.started_at)
    return fired
