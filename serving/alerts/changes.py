"""Every write about alerts and topics, each with its audit entry in one transaction; UsageError names what is wrong."""

import math
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from conf.brand.alert_rules import COMPARISONS, FIGURES, Rule, file_rules
from runtime.errors import UsageError
from serving.accounts.models import AuditEntry
from serving.alerts.models import AlertAction, RuleVersion, TopicName

ACTIONS = ("acknowledge", "snooze", "resolve", "reopen")
SNOOZE_HOURS = (1, 4, 24)
MOST_NAME = 40
SHARES = ("complaint_share", "sentiment")
MOST_PERCENT, MOST_COUNT, MOST_QUIET = 10_000, 10_000_000, 10_080
THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+")
"""A number as the pages write it; another comma is a decimal one."""


@transaction.atomic
def act_on_alert(brand: str, alert_id: str, action: str, actor: str, hours: str = "") -> AlertAction:
    """Record what somebody did with an alert; a snooze is for one of SNOOZE_HOURS."""
    if action not in ACTIONS:
        raise UsageError(f"{action[:20]} is none of {', '.join(ACTIONS)}")
    until = None
    if action == "snooze":
        if hours not in map(str, SNOOZE_HOURS):
            raise UsageError(f"An alert is snoozed for {', '.join(map(str, SNOOZE_HOURS))} hours")
        until = timezone.now() + timedelta(hours=int(hours))
    done = AlertAction.objects.create(brand=brand, alert_id=alert_id, action=action, until=until, added_by=actor)
    AuditEntry.objects.create(actor=actor, action=f"alert.{action}", brand=brand, subject=alert_id)
    return done


def parse_rule(brand: str, given: Mapping[str, str]) -> Rule:
    """The rule of a form; the id of a known rule of the brand, or a new one."""
    name = given.get("name", "").strip()
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise UsageError(f"A rule needs a name of at most {MOST_NAME} characters.")
    figure = next((each for each in FIGURES if each == given.get("figure")), None)
    comparison = next((each for each in COMPARISONS if each == given.get("comparison")), None)
    if figure is None or comparison is None:
        raise UsageError("A rule needs a figure and a comparison.")
    is_share = figure in SHARES and comparison in ("above", "below")
    most = MOST_PERCENT if comparison in ("rises", "falls") else 1 if is_share else MOST_COUNT
    shown = 100 if is_share else 1  # the form has shares in per cent
    threshold = _number(given, "threshold", "threshold", most * shown) / shown
    rule_id = given.get("rule_id", "") or f"{brand}-{secrets.token_hex(4)}"
    if not rule_id.startswith(f"{brand}-") or len(rule_id) > 80:
        raise UsageError("There is no such rule of this brand.")
    tweets = int(_number(given, "min_tweets", "minimum of tweets", MOST_COUNT)) or 1
    quiet = _number(given, "quiet_minutes", "quiet time", MOST_QUIET)
    is_enabled = given.get("is_enabled", "on") == "on"
    return Rule(rule_id, 0, brand, name, figure, comparison, threshold, tweets, quiet, is_enabled)


@transaction.atomic
def add_rule_version(rule: Rule, actor: str) -> RuleVersion:
    """The next version of the rule."""
    newest = RuleVersion.objects.filter(rule_id=rule.rule_id).order_by("-version").first()
    values = {name: getattr(rule, name) for name in Rule.__annotations__}
    made = RuleVersion.objects.create(**values | {"version": newest.version + 1 if newest else 1}, added_by=actor)
    AuditEntry.objects.create(actor=actor, action="rule.write", brand=rule.brand, subject=rule.rule_id)
    return made


def rules_in_use(brand: str) -> list[Rule]:
    """The newest version of each rule of the brand, those that are off included, by name."""
    newest = {rule.rule_id: rule for rule in file_rules() if rule.brand == brand}
    for row in RuleVersion.objects.filter(brand=brand).order_by("version"):
        newest[row.rule_id] = row.rule
    return sorted(newest.values(), key=lambda rule: (not rule.is_enabled, rule.name, rule.rule_id))


@transaction.atomic
def rename_topic(brand: str, topic_id: str, name: str, actor: str) -> TopicName:
    """The next version of the topic's name; without a name the topic has its own again."""
    plain = name.strip()
    if len(plain) > MOST_NAME or not plain.isprintable():
        raise UsageError(f"A topic's name has at most {MOST_NAME} printable characters.")
    if plain and plain in topic_names(brand).values():
        raise UsageError(f"{plain} is the name of a topic already.")
    newest = TopicName.objects.filter(brand=brand, topic_id=topic_id).order_by("-version").first()
    version = newest.version + 1 if newest else 1
    made = TopicName.objects.create(brand=brand, topic_id=topic_id, name=plain, version=version, added_by=actor)
    AuditEntry.objects.create(actor=actor, action="topic.rename", brand=brand, subject=topic_id)
    return made


def topic_names(brand: str) -> dict[str, str]:
    """{topic id: name} of the topics that were renamed."""
    newest = {row.topic_id: row.name for row in TopicName.objects.filter(brand=brand).order_by("version")}
    return {topic_id: name for topic_id, name in newest.items() if name}


def states_of(brand: str) -> dict[str, AlertAction]:
    """{alert id: what was done with it last}."""
    return {row.alert_id: row for row in AlertAction.objects.filter(brand=brand).order_by("id")}


def _number(given: Mapping[str, str], name: str, noun: str, most: float) -> float:
    text = given.get(name, "").strip()
    text = text.replace(",", "") if THOUSANDS.fullmatch(text) else text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= most:
        raise UsageError(f"The {noun} is a number from 0 to {most:,}.")
    return value
