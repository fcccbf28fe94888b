"""Routing: which team gets which ticket, and what would another set of rules do?"""

from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse

from conf.brand.desk import Desk, Rule
from conf.brand.routing_faults import find_faults
from conf.overlays import parse_yaml
from runtime.errors import UsageError
from serving.accounts.audit import record
from serving.accounts.roles import Scope
from serving.dashboard import words
from serving.dashboard.memory import Content
from serving.dashboard.notices import render_with_notice, to_page
from serving.dashboard.page import check, may
from serving.desk.actions import sentence
from serving.desk.pages.base import DeskView
from serving.desk.readers.routing import Trial, read_versions, try_routing
from serving.desk.routing import Routing, parse_desk, read_routing, save_routing

LONGEST_COMMENT = 200
PLACE = "the rules"


class RoutingPage(DeskView):
    http_method_names = ("get", "head", "post")

    def get(self, request: HttpRequest, brand: str) -> HttpResponse:
        return self.show(request, brand)

    def post(self, request: HttpRequest, brand: str) -> HttpResponse:
        """Try the rules of the form on the last tickets, or save them as the version that applies from now on."""
        check(request, Scope.ROUTING_WRITE, brand)
        text, comment = request.POST.get("rules", ""), request.POST.get("comment", "").strip()[:LONGEST_COMMENT]
        try:
            document = parse_yaml(text, PLACE)
            if request.POST.get("action") == "save":
                saved = save_routing(brand, document, request.user, comment, _based_on(request))
                record(request, "routing.save", brand, f"version {saved.version}")
                return to_page(request, done=f"Version {saved.version} applies to every ticket that opens from now on.")
            return self.show(request, brand, text, parsed(brand, document), tried=True)
        except UsageError as error:
            return self.show(request, brand, text, status=400, fault=sentence(error))

    def show(
        self,
        request: HttpRequest,
        brand: str,
        text: str | None = None,
        asked: Routing | None = None,
        status: int = 200,
        **state: Any,
    ) -> HttpResponse:
        now = read_routing(brand)
        shown = asked or now
        trial = try_routing(shown)
        content: Content = self.frame(request, "page-routing", brand) | {
            "headline": headline(shown, trial, asked is not None),
            "version": now.version,
            "based_on": now.version if text is None else request.POST.get("based_on", ""),
            "rules": [rule_in_words(rule, trial.counts[rule.name]) for rule in shown.desk.rules],
            "rest": {"team": shown.desk.first_team, "count": trial.counts[""]},
            "trial": trial,
            "teams": [team_in_words(name, shown.desk) for name in shown.desk.teams],
            "versions": read_versions(brand),
            "may_route": may(request, Scope.ROUTING_WRITE, brand),
            "text": written(shown.desk) if text is None else text,
        }
        return render_with_notice(request, "desk/routing.html", content | state, status)


def _based_on(request: HttpRequest) -> int | None:
    """The version that was in the form when it was opened."""
    given = request.POST.get("based_on", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def parsed(brand: str, document: Any) -> Routing:
    """The rules of the form as a routing; UsageError where a rule can never take a ticket."""
    now = read_routing(brand)
    desk = parse_desk(document, PLACE)
    faults = find_faults(now.file, desk)
    if faults:
        raise UsageError("; ".join(faults))
    return Routing(brand, now.version, now.file, desk)


def headline(routing: Routing, trial: Trial, is_asked: bool) -> str:
    name = words.brand_name(routing.brand)
    if is_asked:
        return (
            f"These rules would send {words.counted(len(trial.moved), 'ticket')} of the last {trial.tickets} elsewhere"
        )
    if not trial.tickets:
        return f"{words.counted(len(routing.desk.rules), 'rule').capitalize()} for the tickets of {name}"
    share = words.percent((trial.tickets - trial.counts[""]) / trial.tickets)
    return f"{share} of {name}’s last {words.counted(trial.tickets, 'ticket')} fit a rule"


def rule_in_words(rule: Rule, count: int) -> Content:
    """{name, team, conditions, effects, count}"""
    lists = {"category": rule.categories, "words": rule.words, "product": rule.products}
    lists |= {"language": rule.languages, "region": rule.regions}
    conditions = [f"{name}: {', '.join(values)}" for name, values in lists.items() if values]
    conditions += [f"at least {rule.min_followers:,} followers"] if rule.min_followers else []
    effects = [f"{name} {value}" for name, value in (("impact", rule.impact), ("urgency", rule.urgency)) if value]
    effects += [f"{rule.at_least} at least"] if rule.at_least else []
    return {"name": rule.name, "team": rule.team, "conditions": conditions, "effects": effects, "count": count}


def team_in_words(name: str, desk: Desk) -> Content:
    team = desk.teams[name]
    hours = team.hours
    text = f"{', '.join(hours.days)} {hours.opens}–{hours.closes} {hours.zone}" if hours else "day and night"
    return {"name": name, "hours": text, "escalates_to": team.escalates_to}


def written(desk: Desk) -> str:
    """What the form shows: as in the brand's file, without what is as it is anyway."""
    document = desk.model_dump(mode="json", exclude_defaults=True)
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return text
