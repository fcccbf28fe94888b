"""Signals over time -> incidents: one alert each, with start, peak and end, however often its signal is seen.

An incident begins with a signal that is no chance, started when the unbroken run of weaker signals before it did, and
lasts while they go on (hysteresis). It ends when none is seen for ENDS_AFTER; a signal within the quiet time after that
opens it again, so that what comes and goes is one incident, and only then is the kind armed again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from models.alerts.signals import Signal

ENDS_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class Incident:
    """`peak`: the signal farthest from what was expected; `ended_at` is None while it lasts."""

    brand: str
    kind: str
    started_at: datetime
    detected_at: datetime
    peak: Signal
    last_at: datetime
    ended_at: datetime | None = None
    rule_id: str | None = None
    rule_version: int | None = None

    @property
    def alert_id(self) -> str:
        """The same for the same incident, also after a restart."""
        text = "|".join((self.brand, self.kind, self.rule_id or "", self.started_at.isoformat()))
        return sha256(text.encode()).hexdigest()[:16]


@dataclass
class Tracker:
    """The incidents of one brand and kind."""

    brand: str
    kind: str
    quiet: timedelta
    current: Incident | None = None
    _run_started: datetime | None = field(default=None, repr=False)

    def see(self, now: datetime, signal: Signal | None) -> Incident | None:
        """Take the signal of this look; returns the incident if it began, changed or ended."""
        if signal is None:
            self._run_started = None
            return self._end(now)
        self._run_started = self._run_started or now
        incident = self.current
        if incident and (incident.ended_at is None or now - incident.ended_at <= self.quiet):
            peak = signal if signal.strength > incident.peak.strength else incident.peak
            self.current = replace(incident, peak=peak, last_at=now, ended_at=None)
            return self.current
        if not signal.starts:
            return None
        self.current = Incident(self.brand, self.kind, self._run_started, now, signal, now)
        return self.current

    def _end(self, now: datetime) -> Incident | None:
        incident = self.current
        if incident is None or incident.ended_at is not None or now - incident.last_at < ENDS_AFTER:
            return None
        self.current = replace(incident, ended_at=incident.last_at)
        return self.current


def newest_of_each(incidents: Iterable[Incident]) -> dict[str, Incident]:
    """The last state of each incident, by its id."""
    return {incident.alert_id: incident for incident in incidents}
