"""The detector of one brand: the last hour at each look -> incidents, its own and those of the brand's rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from conf.brand.alert_rules import Rule
from models.alerts.baseline import Baseline
from models.alerts.incidents import Incident, Tracker
from models.alerts.rules import RuleTracker, end
from models.alerts.signals import KINDS, LastHour, Limits, Signal, find_signals


@dataclass
class Detector:
    """What is known of a brand's incidents; `baseline` is replaced as time passes."""

    brand: str
    limits: Limits
    quiet: timedelta
    baseline: Baseline | None = None
    _trackers: dict[str, Tracker] = field(default_factory=dict, repr=False)
    _rules: dict[str, RuleTracker] = field(default_factory=dict, repr=False)
    _resumed: dict[str, Incident] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._trackers = {kind: Tracker(self.brand, kind, self.quiet) for kind in KINDS}

    def resume(self, incidents: Iterable[Incident]) -> None:
        """Continue incidents of an earlier process, so that a restart raises none twice."""
        for incident in sorted(incidents, key=lambda each: each.started_at):
            tracker = self._trackers.get(incident.kind)
            if tracker:
                tracker.current = incident
            elif incident.rule_id:
                self._resumed[incident.rule_id] = incident

    def use_rules(self, rules: Sequence[Rule]) -> list[Incident]:
        """The rules in use now; returns the incidents that end, because their rule was changed or is no longer used."""
        asked = {rule.rule_id: rule for rule in rules if rule.brand == self.brand}
        known = self._resumed | {name: each.current for name, each in self._rules.items() if each.current}
        same = {name: one for name, one in known.items() if name in asked and one.rule_version == asked[name].version}
        self._rules = {name: RuleTracker(rule, same.get(name)) for name, rule in asked.items()}
        self._resumed = {}
        ended = (end(incident) for name, incident in known.items() if name not in same)
        return [incident for incident in ended if incident is not None]

    def look(self, last: LastHour) -> list[Incident]:
        """The incidents that began, changed or ended with this look."""
        signals = find_signals(last, self.baseline, self.limits) if self.baseline else []
        by_kind: dict[str, Signal] = {signal.kind: signal for signal in signals}
        seen = [tracker.see(last.now, by_kind.get(tracker.kind)) for tracker in self._trackers.values()]
        seen += [tracker.see(last, self.baseline) for tracker in self._rules.values()]
        return [incident for incident in seen if incident is not None]
