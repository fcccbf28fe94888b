"""What happened that is unusual, what does somebody do about it, and how often would a rule have fired?"""

from datetime import UTC, datetime, timedelta

from conf.alert_rules import Rule
from conf.settings import Settings
from models.alerts.history import replay
from models.alerts.rules import count_fires
from pipelines.sources.mongo import Document, Ids, read_current, read_pointer, read_run
from serving.readers import trends
from serving.readers.rows import Rows, in_one_run

NAME = "alerts"
MOST_ALERTS = 500
PREVIEWED_DAYS, LEARNT_DAYS = 30, 56


def read_alerts(settings: Settings, brand: str, since: datetime | None = None) -> Rows:
    """The brand's alerts, the newest first; updated in place, so they belong to no run."""
    pointer = read_pointer(settings, NAME)
    if pointer is None:
        return Rows(None, None, [])
    where: Document = {"brand": brand} | ({"started_at": {"$gte": since}} if since else {})
    found = read_current(settings, NAME, where, [("started_at", -1)], MOST_ALERTS)
    return Rows(pointer["run"], pointer["as_of"], found)


def read_alert(settings: Settings, brand: str, alert_id: str) -> Document | None:
    return next(iter(read_current(settings, NAME, {"brand": brand, "alert_id": alert_id}, (), 1)), None)


def preview_rule(settings: Settings, rule: Rule) -> list[datetime]:
    """When the rule would have fired in the last 30 days of the brand's published hours."""

    def read(run: int, as_of: datetime) -> Rows:
        start = as_of - timedelta(days=LEARNT_DAYS)
        ids = Ids(f"{rule.brand}:hour:{start.isoformat()[:13]}Z", f"{rule.brand}:hour;")
        hours = read_run(settings, trends.NAME, run, ids)
        return Rows(run, as_of, [{"at": at} for at in _fires(rule, hours, as_of)])

    return [row["at"] for row in in_one_run(settings, trends.NAME, read).rows]


def _fires(rule: Rule, hours: list[Document], as_of: datetime) -> list[datetime]:
    aware = [row | {"started_at": row["started_at"].replace(tzinfo=UTC)} for row in hours]
    return count_fires(rule, replay(aware, as_of, PREVIEWED_DAYS)) if aware else []
