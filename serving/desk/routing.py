"""Which team gets a ticket, and how urgently: the brand's file, or the version that somebody saved on the page."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from conf.brand.desk import Desk, Level, Rule
from conf.brand.files import Brand, read_brand
from conf.brand.phrases import has_phrase, own_category
from conf.brand.routing_faults import find_faults
from runtime.errors import UsageError
from serving.desk.models import Comment, RoutingVersion

LEVELS: tuple[Level, ...] = ("high", "medium", "low")
PRIORITIES = ("P1", "P2", "P3", "P4", "P4")
"""By the sum of the places of impact and urgency in LEVELS: high and high is P1, low and low P4."""
BY_DEFAULT = ""
"""The rule of a ticket that no rule took."""


@dataclass(frozen=True)
class Routing:
    """A brand's routing as it is now; version 0 is the brand's file."""

    brand: str
    version: int
    file: Brand
    desk: Desk


@dataclass(frozen=True)
class Facts:
    """What the rules look at; `category` is the brand's own name."""

    category: str
    lang: str
    region: str
    text: str
    followers_count: int
    sentiment_score: float | None
    has_problem: bool


@dataclass(frozen=True)
class Decision:
    team: str
    rule: str
    impact: Level
    urgency: Level
    priority: str


def read_routing(brand: str) -> Routing:
    """The routing that applies now; UsageError names what is wrong in the brand's file."""
    saved = RoutingVersion.objects.filter(brand=brand).order_by("-version").first()
    file = read_brand(brand)
    desk = parse_desk(saved.document, f"routing of {brand}, version {saved.version}") if saved else file.desk
    return Routing(brand, saved.version if saved else 0, file, desk)


def parse_desk(document: Any, place: str) -> Desk:
    """A saved document as a Desk; UsageError names the key and the fault."""
    try:
        return Desk.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        listed = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}".removeprefix(": ") for each in faults]
        raise UsageError(f"{place}: {'; '.join(listed).replace('Value error, ', '')}") from None


@transaction.atomic
def save_routing(
    brand: str, document: Any, user: Any = None, comment: str = "", based_on: int | None = None
) -> RoutingVersion:
    """Add a version, which applies from now on; UsageError where a rule can never take a ticket.

    UsageError, too, if somebody has saved another version since `based_on`, which `document` was made from.
    """
    desk = parse_desk(document, f"routing of {brand}")
    faults = find_faults(read_brand(brand), desk)
    if faults:
        raise UsageError(f"routing of {brand}: {'; '.join(faults)}")
    newest = RoutingVersion.objects.filter(brand=brand).order_by("-version").first()
    document = desk.model_dump(mode="json")
    last = newest.version if newest else 0
    if based_on is not None and based_on != last:
        raise UsageError(f"version {last} was saved while you wrote: open the page again and change that one")
    version = last + 1
    created: RoutingVersion = RoutingVersion.objects.create(
        brand=brand, version=version, document=document, comment=comment, created_by=user
    )
    return created


def decide(routing: Routing, facts: Facts) -> Decision:
    """The first rule that matches chooses the team; impact x urgency the priority, unless the rule asks for more."""
    desk = routing.desk
    rule = next((each for each in desk.rules if matches(each, facts)), None)
    impact = (rule.impact if rule else None) or _impact(desk, facts)
    urgency = (rule.urgency if rule else None) or _urgency(desk, facts)
    priority = PRIORITIES[LEVELS.index(impact) + LEVELS.index(urgency)]
    if rule and rule.at_least:
        priority = min(priority, rule.at_least)
    return Decision(
        rule.team if rule else desk.first_team, rule.name if rule else BY_DEFAULT, impact, urgency, priority
    )


def matches(rule: Rule, facts: Facts) -> bool:
    return (
        (not rule.categories or facts.category in rule.categories)
        and (not rule.languages or facts.lang in rule.languages)
        and (not rule.regions or facts.region in rule.regions)
        and facts.followers_count >= rule.min_followers
        and (not rule.products or has_phrase(facts.text, rule.products))
        and (not rule.words or has_phrase(facts.text, rule.words))
    )


def facts_of(comment: Comment, routing: Routing, has_problem: bool) -> Facts:
    """What the rules look at, of the tweet that opened a ticket."""
    return Facts(
        category=own_category(comment.category, comment.text, routing.file.categories),
        lang=comment.lang,
        region=comment.region,
        text=comment.text,
        followers_count=comment.followers_count,
        sentiment_score=comment.sentiment_score,
        has_problem=has_problem,
    )


def _impact(desk: Desk, facts: Facts) -> Level:
    asked, followers = desk.impact, facts.followers_count
    reach: Level = (
        "high" if followers >= asked.high_followers else "medium" if followers >= asked.medium_followers else "low"
    )
    return min(reach, asked.problem, key=LEVELS.index) if facts.has_problem else reach


def _urgency(desk: Desk, facts: Facts) -> Level:
    asked, score = desk.urgency, facts.sentiment_score
    if score is None:
        return "medium"
    return "high" if score <= asked.high_sentiment else "medium" if score <= asked.medium_sentiment else "low"
