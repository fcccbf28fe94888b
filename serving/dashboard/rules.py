"""Rules of alerts: which there are, and how often each would have fired in the last 30 days."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from conf.brand.alert_rules import COMPARISONS, FIGURES, Rule
from runtime.errors import UsageError
from serving.accounts.roles import Scope
from serving.alerts.changes import add_rule_version, parse_rule, rules_in_use
from serving.dashboard.memory import Content
from serving.dashboard.page import SignedInView, brandpulse, check, frame, may
from serving.readers.alerts import PREVIEWED_DAYS, preview_rule

FIGURE_NAMES = {
    "tweets": "Tweets",
    "complaints": "Complaints",
    "complaint_share": "Share of complaints",
    "sentiment": "Sentiment",
}
COMPARISON_NAMES = {"above": "above", "below": "below", "rises": "rises by, %", "falls": "falls by, %"}


class Rules(SignedInView):
    http_method_names = ("get", "head", "post")
    scope = Scope.AGGREGATES_READ

    def get(self, request: HttpRequest, brand: str) -> HttpResponse:
        return self.show(request, brand)

    def post(self, request: HttpRequest, brand: str) -> HttpResponse:
        check(request, Scope.ALERTS_WRITE, brand)
        try:
            rule = parse_rule(brand, request.POST)
            if request.POST.get("action") == "preview":
                fired = preview_rule(brandpulse(), rule)
                return self.show(request, brand, previewed=shown(rule), fired=fired, given=request.POST.dict())
            known = {each.rule_id for each in rules_in_use(brand)}
            if request.POST.get("rule_id") and rule.rule_id not in known:
                raise UsageError("There is no such rule of this brand.")
            add_rule_version(rule, request.user.username)
        except UsageError as error:
            return self.show(request, brand, 400, fault=str(error), given=request.POST.dict())
        return self.show(request, brand, done=f"The rule {rule.name} is stored.")

    def show(self, request: HttpRequest, brand: str, status: int = 200, **state: Any) -> HttpResponse:
        content: Content = {
            "rules": [shown(rule) for rule in rules_in_use(brand)],
            "figures": [{"value": name, "label": FIGURE_NAMES[name]} for name in FIGURES],
            "comparisons": [{"value": name, "label": COMPARISON_NAMES[name]} for name in COMPARISONS],
            "may_write": may(request, Scope.ALERTS_WRITE, brand),
            "previewed_days": PREVIEWED_DAYS,
        }
        whole = frame(request, "page-alerts", brand) | content | state
        return render(request, "dashboard/alert_rules.html", whole, status=status)


def shown(rule: Rule) -> Content:
    """The rule in words, and the fields of the form that switches it on or off."""
    is_share = rule.figure in ("complaint_share", "sentiment") and rule.comparison in ("above", "below")
    threshold = f"{100 * rule.threshold if is_share else rule.threshold:.10g}"
    unit = "" if rule.comparison in ("above", "below") else " % against the usual"
    verb = {"above": "above", "below": "below", "rises": "rises by", "falls": "falls by"}[rule.comparison]
    fields = {"rule_id": rule.rule_id, "name": rule.name, "figure": rule.figure, "comparison": rule.comparison}
    fields |= {"threshold": threshold, "min_tweets": str(rule.min_tweets), "quiet_minutes": f"{rule.quiet_minutes:g}"}
    text = f"{FIGURE_NAMES[rule.figure]} of the last hour {verb} {threshold}{unit}"
    return {"rule": rule, "text": text, "fields": fields, "to": "off" if rule.is_enabled else "on"}
