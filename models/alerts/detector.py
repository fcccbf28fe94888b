"""The detector of one brand: the last hour at each look -> incidents, its own and those of the brand's rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from conf.alert_rules import Rule
from models.alerts.baseline import Baseline
from models.alerts.incidents import Incident, Tracker
from models.alerts.rules import RuleTracker
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

    def __post_init__(self) -> None:
        self._trackers = {kind: Tracker(self.brand, kind, self.quiet) for kind in KINDS}

    def resume(self, incidents: Iterable[Incident]) -> None:
        """Continue incidents of an earlier process, so that a restart raises none twice."""
        for incident in incidents:
            tracker = self._trackers.get(incident.kind)
            if tracker and (tracker.current is None or tracker.current.started_at < incident.started_at):
                tracker.current = incident

    def use_rules(self, rules: Sequence[Rule]) -> None:
        """The rules in use now; one of a new version begins anew."""
        known = self._rules
        self._rules = {
            rule.rule_id: known[rule.rule_id]
            if rule.rule_id in known and known[rule.rule_id].rule == rule
            else RuleTracker(rule)
            for rule in rules
            if rule.brand == self.brand
        }

    def look(self, last: LastHour) -> list[Incident]:
        """The incidents that began, changed or ended with this look."""
        signals = find_signals(last, self.baseline, self.limits) if self.baseline else []
        by_kind: dict[str, Signal] = {signal.kind: signal for signal in signals}
        seen = [tracker.see(last.now, by_kind.get(tracker.kind)) for tracker in self._trackers.values()]
        seen += [tracker.see(last, self.baseline) for tracker in self._rules.values()]
        return [incident for incident in seen if incident is not None]
