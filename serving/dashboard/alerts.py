"""Alerts: what happened that is unusual, and what is done about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from conf.brand.alert_rules import Rule
from pipelines.sources.lake_tweets import Only, Sampled
from pipelines.sources.mongo import Document
from runtime.errors import UsageError
from runtime.times import in_utc
from serving.accounts.roles import Scope
from serving.alerts.changes import SHARES, SNOOZE_HOURS, act_on_alert, rules_in_use, states_of
from serving.alerts.models import AlertAction
from serving.alerts.notices import KINDS
from serving.dashboard import charts, words
from serving.dashboard.filters import choose, options
from serving.dashboard.memory import Content
from serving.dashboard.page import PageView, brandpulse, check, export, frame, may
from serving.dashboard.texts import texts_of
from serving.readers import alerts as reader
from serving.readers.rows import WHOLE
from serving.readers.trends import Span, read_trends

STATES: dict[str, str] = {"All": "", "Open": "open", "Resolved": "resolved"}
DONE = {"acknowledge": "acknowledged", "snooze": "snoozed", "resolve": "resolved", "reopen": "open"}
DAYS, AROUND, PEAK = 30, timedelta(hours=36), timedelta(hours=1)


class Alerts(PageView):
    scope, route, template = Scope.AGGREGATES_READ, "page-alerts", "dashboard/alerts.html"

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand = path["brand"]
        shown = choose(request, "state", STATES, "")
        found = reader.read_alerts(brandpulse(), brand)
        states, names = states_of(brand), {rule.rule_id: rule.name for rule in rules_in_use(brand)}
        rows = [described(row, states.get(row["alert_id"]), names) for row in found.rows]
        kept = [row for row in rows if not shown or (row["state"] == "resolved") == (shown == "resolved")]
        return {
            "headline": headline(brand, rows),
            "rows": kept,
            "days": timeline(rows, found.as_of),
            "states": options(STATES, shown),
            "csv": {"alerts": export("alerts", brand)},
            "as_of": found.as_of,
        }


class Alert(PageView):
    """An incident with the time before and after it, and what can be done about it."""

    scope, route, template = Scope.AGGREGATES_READ, "page-alerts", "dashboard/alert.html"
    http_method_names = ("get", "head", "post")

    def seen_by(self, request: HttpRequest) -> str:
        return str(may(request, Scope.ALERTS_WRITE))

    def post(self, request: HttpRequest, **path: str) -> HttpResponse:
        brand, alert_id, state = path["brand"], path["alert_id"], {"done": "Done."}
        check(request, Scope.ALERTS_WRITE, brand)
        if reader.read_alert(brandpulse(), brand, alert_id) is None:
            raise Http404("there is no such alert")
        status = 200
        try:
            given = (request.POST.get("action", ""), request.user.username, request.POST.get("hours", ""))
            act_on_alert(brand, alert_id, *given)
        except UsageError as error:
            state, status = {"fault": str(error)}, 400
        found = self.collect(request, **path)
        content = frame(request, self.route, brand) | found | self.unkept(request, found) | state
        return render(request, self.template, content, status=status)

    def unkept(self, request: HttpRequest, content: Content) -> Content:
        alert = content["alert"]
        return texts_of(request, sampled_of(alert), f"alert {alert['alert_id']}")

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, alert_id, settings = path["brand"], path["alert_id"], brandpulse()
        found = reader.read_alert(settings, brand, alert_id)
        if found is None:
            raise Http404("there is no such alert")
        rules = {rule.rule_id: rule for rule in rules_in_use(brand)}
        names = {rule_id: rule.name for rule_id, rule in rules.items()}
        alert = described(found, states_of(brand).get(alert_id), names)
        end = alert["ended_at"] or alert["as_of"]
        span = Span(in_utc(alert["started_at"]) - AROUND, in_utc(end) + AROUND)
        hours = read_trends(settings, brand, "hour", span, WHOLE)
        actions = AlertAction.objects.filter(brand=brand, alert_id=alert_id).order_by("-id")
        return {
            "has_charts": bool(hours.rows),
            "alert": alert,
            "figures": figures_of(alert, rules.get(alert["rule_id"] or "")),
            "volume": {"kind": "bars", "unit": "tweets", "series": [charts.counts("Tweets", hours.rows)]},
            "sentiment": {
                "kind": "series",
                "unit": "score",
                "series": [charts.line("Sentiment", hours.rows, "sentiment_mean")],
                "hidden": charts.hidden(hours.rows),
                "marks": [{"at": in_utc(alert["started_at"]).isoformat(), "text": "start"}],
            },
            "rows": len(hours.rows),
            "may_write": may(request, Scope.ALERTS_WRITE, brand),
            "snoozes": SNOOZE_HOURS,
            "actions": [{"what": DONE[one.action], "by": one.added_by, "at": one.added_at} for one in actions],
            "as_of": alert["as_of"],
        }


def sampled_of(alert: Content) -> Sampled | None:
    """The texts of the hour before the peak that the alert is about; of a silence there are none."""
    if alert["kind"] == "silence":
        return None
    end = in_utc(alert["peak_at"])
    only: dict[str, Only] = {"complaint_surge": "complaints", "sentiment_drop": "negative"}
    topic_id = alert["rule_id"] if alert["kind"] == "new_topic" else None
    return Sampled(alert["brand"], end - PEAK, end, topic_id, only.get(alert["kind"], ""))


def described(row: Document, done: AlertAction | None, names: dict[str, str]) -> Content:
    """The alert with its title and its state: what was done, unless a snooze is over."""
    state = DONE[done.action] if done else "open"
    if done and done.action == "snooze" and done.until and done.until <= timezone.now():
        state = "open"
    title = (
        names.get(row["rule_id"] or "", KINDS["rule"]) if row["kind"] == "rule" else KINDS.get(row["kind"], row["kind"])
    )
    is_over = row["ended_at"] is not None
    return row | {"title": title, "state": state, "is_over": is_over, "lasted": lasted(row)}


def lasted(row: Document) -> str:
    end = row["ended_at"] or row["as_of"]
    minutes = max(0, int((end - row["started_at"]).total_seconds() / 60))
    text = words.counted(minutes, "minute") if minutes < 120 else words.counted(minutes // 60, "hour")
    return text if row["ended_at"] else f"{text} so far"


def headline(brand: str, rows: Sequence[Content]) -> str:
    name = words.brand_name(brand)
    lasting = [row for row in rows if not row["is_over"] and row["state"] == "open"]
    if lasting:
        return f"{lasting[0]['title']}: {name} needs a look"
    unresolved = sum(row["state"] == "open" for row in rows)
    return f"Nothing unusual about {name} right now; {words.counted(unresolved, 'open alert')}"


def timeline(rows: Sequence[Content], as_of: datetime | None) -> list[Content]:
    """The alerts that started on each of the last days, the oldest day first."""
    if as_of is None:
        return []
    days = [(as_of - timedelta(days=ago)).date() for ago in reversed(range(DAYS))]
    started = [row["started_at"].date() for row in rows]
    return [{"day": day, "count": started.count(day)} for day in days]


def figures_of(alert: Content, rule: Rule | None) -> list[tuple[str, str]]:
    """Observed and expected in the units of the kind, or of the rule's figure; as they are of a rule that is gone."""
    is_share = alert["kind"] == "sentiment_drop" or (rule is not None and rule.figure in SHARES)
    unit = words.PERCENT if rule is not None and rule.figure == "complaint_share" else ""
    decimals = 2 if alert["kind"] == "rule" and rule is None else 0

    def shown(value: Any) -> str:
        return "–" if value is None else f"{100 * value:.0f}{unit}" if is_share else f"{value:,.{decimals}f}"

    usual = f"{shown(alert['expected_low'])} to {shown(alert['expected_high'])}"
    return [("Observed", shown(alert["observed"])), ("Expected", shown(alert["expected"])), ("Usual range", usual)]
