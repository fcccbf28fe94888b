"""gold.alerts -> notices and their deliveries: one when an incident opens, one when it has ended, to each target once.

An incident that comes back within its quiet time is the same one, so its end is sent when that time has passed. The
next one of its kind is an incident, and a message, of its own.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from conf.brand.alert_targets import AlertTarget
from conf.brand.files import read_brands
from conf.settings import Settings
from pipelines.sources.lake_feed import Position, read_feed
from runtime.times import in_utc
from serving.alerts.changes import rules_in_use
from serving.alerts.models import AlertNotice
from serving.alerts.notices import COLUMNS, ENDED, KINDS, OPENED, facts_of
from serving.desk.deliveries import send_notice
from serving.desk.models import Delivery
from serving.desk.states import Call

TABLE, WRITER = "gold.alerts", "raise_alerts"
CALLS = {OPENED: Call.ALERT_OPENED, ENDED: Call.ALERT_ENDED}
LOOKS = 2
"""An end waits for so many looks of raise_alerts more: it may be about to continue the incident."""
Row = Mapping[str, Any]


class AlertIntake:
    """What is known of gold.alerts; the table is read only when it has changed."""

    def __init__(self, settings: Settings, targets: Mapping[str, Iterable[AlertTarget]]) -> None:
        self._settings, self._targets = settings, targets
        self._position: Position | None = None
        self._rows: list[Row] = []

    def take_in(self, now: datetime) -> int:
        """Queue what is to be sent now; returns how many notices are new."""
        newest = {row["alert_id"]: row for row in self._rows}
        while changes := read_feed(self._settings, TABLE, COLUMNS, self._position):
            if changes.position == self._position:
                break
            newest |= {row["alert_id"]: row for row in changes.rows}
            self._position, self._rows = changes.position, list(newest.values())
        due = [row for row in self._rows if row["brand"] in self._targets]
        return sum(self._open(row, now) + self._end(row, now) for row in due)

    def _open(self, row: Row, now: datetime) -> int:
        """One that lasts, or was detected lately: the incidents of past weeks, which a first run finds, are no news."""
        newest = in_utc(row["detected_at"] if row["ended_at"] else row["as_of"])
        if now - newest > timedelta(hours=self._settings.deliver_alerts.max_age_hours):
            return 0
        names = [name_of(row["brand"], each) for each in self._targets[row["brand"]] if takes(each, row)]
        return self._notify(row, OPENED, names) if names else 0

    def _end(self, row: Row, now: datetime) -> int:
        """To those who know that it opened; what is over as it begins has no end of its own."""
        if row["ended_at"] is None or row["kind"] == "new_topic":
            return 0
        if now - in_utc(row["ended_at"]) <= self._quiet(row):
            return 0
        opened = Delivery.objects.filter(notice__alert_id=row["alert_id"], call=Call.ALERT_OPENED.value)
        names = list(opened.values_list("target", flat=True))
        return self._notify(row, ENDED, names) if names else 0

    def _notify(self, row: Row, event: str, names: Iterable[str]) -> int:
        if AlertNotice.objects.filter(alert_id=row["alert_id"], event=event).exists():
            return 0
        given = {"brand": row["brand"], "facts": facts_of(row, title_of(row)), "added_by": WRITER}
        with transaction.atomic():
            notice, is_new = AlertNotice.objects.get_or_create(alert_id=row["alert_id"], event=event, defaults=given)
            for name in names:
                send_notice(notice, name, CALLS[event])
        return int(is_new)

    def _quiet(self, row: Row) -> timedelta:
        asked, rules = self._settings.raise_alerts, {rule.rule_id: rule for rule in rules_in_use(row["brand"])}
        rule = rules.get(row["rule_id"] or "")
        quiet = timedelta(minutes=rule.quiet_minutes) if rule else timedelta(hours=asked.quiet_hours)
        return quiet + timedelta(seconds=LOOKS * asked.seconds)


def read_targets() -> dict[str, tuple[AlertTarget, ...]]:
    """{brand: its targets} of the brands that have any."""
    return {slug: brand.alert_targets for slug, brand in read_brands().items() if brand.alert_targets}


def name_of(brand: str, target: AlertTarget) -> str:
    return f"{brand}/{target.name}"


def takes(target: AlertTarget, row: Row) -> bool:
    return not target.only or row["kind"] in target.only


def title_of(row: Row) -> str:
    """The kind in words; of a rule its name."""
    names = {rule.rule_id: rule.name for rule in rules_in_use(row["brand"])} if row["kind"] == "rule" else {}
    return names.get(row["rule_id"] or "", KINDS.get(row["kind"], str(row["kind"])))
