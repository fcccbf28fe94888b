"""A brand's own settings: conf/brands/<slug>.yaml, frozen and validated. Every key is optional, and so is the file.

    handle: FlySkyvarn                              # the account, without @: mentions, replies and its own posts
    names: [Skyvarn Air, "#skyvarn"]                # matched word by word, with and without their accents
    keywords: ['skyvarn (delayed OR cancelled)']    # in X's rule language (conf.brand.language)
    exclusions: ["skyvarn valley", "is:retweet"]    # one word, phrase or operator each: posts with it are filtered
    languages: [en, und]                            # only posts in one of them; und: X could not identify the language
    regions: [GB, IE]                               # only posts with a place there: few posts have a place at all
    products: [SkyMiles Plus]                       # rules of their own, which the read budget removes second
    competitors: ["@NorthquillAir"]                 # and these first
    categories:
      rename: {staff: crew}                         # a common category under another name
      merge: {disruption: [delay, cancellation]}    # several categories as one
      add:                                          # a new one, for texts of these categories that match `when`
        - {name: baggage fees, when: "(?:bag|baggage) fees?", from: [billing, other]}
    segments: {s03: Loyal morning fans}             # your own name for a segment; segment ids survive refits
    topics: {t02: Baggage}                          # your own name for a topic; topic ids survive refits
    other_meanings: ["varn(?:ish|ished)"]           # texts that match mean something else than the brand
    alerts:                                         # rules of its own, of the last hour
      - {name: Many tweets, figure: tweets, comparison: rises, threshold: 200, min_tweets: 50, quiet_minutes: 120}
    alert_targets: [{name: care, kind: email, to: [care@example.org]}]    # who gets them: conf.brand.alert_targets
    desk: {default_team: customer care}             # teams and routing rules: conf.brand.desk

`when` and each of `other_meanings` is a pattern of `conf.brand.patterns`; it matches whole words of the masked,
lower-cased text. The first matching rule of `add` applies, then `merge` and `rename`. The lake stores the common
category; hops that report on one brand apply these rules when they read (`models.annotation.brand_categories`).
"""

import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from conf.brand.alert_targets import AlertTarget
from conf.brand.desk import Desk
from conf.brand.listening import Listening
from conf.brand.patterns import check_pattern
from conf.overlays import parse_yaml
from runtime.errors import UsageError

CATEGORIES = (
    "service",
    "billing",
    "delay",
    "cancellation",
    "booking",
    "technical",
    "lost_or_damaged",
    "staff",
    "safety_or_fraud",
    "other",
)
"""The complaint categories that every brand shares, in the order of the annotator's head."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def _known_category(name: str) -> str:
    if name not in CATEGORIES:
        raise ValueError(f"{name!r} is not a category; the categories are {', '.join(CATEGORIES)}")
    return name


def _printable(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise ValueError(f"{name!r} has surrounding blanks or unprintable characters")
    return name


def _segment_id(text: str) -> str:
    if not re.fullmatch(r"s[0-9]{2,}", text):
        raise ValueError(f"{text!r} is not a segment id such as s03")
    return text


def _topic_id(text: str) -> str:
    if not re.fullmatch(r"t[0-9]{2,}", text):
        raise ValueError(f"{text!r} is not a topic id such as t03")
    return text


Category = Annotated[str, AfterValidator(_known_category)]
OwnName = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_printable)]
SegmentId = Annotated[str, AfterValidator(_segment_id)]
TopicId = Annotated[str, AfterValidator(_topic_id)]
Pattern = Annotated[str, AfterValidator(check_pattern)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AddedCategory(_Section):
    """Texts of the categories `sources` (`from` in the file) that match `when` get the category `name`."""

    name: OwnName
    when: Pattern
    sources: tuple[Category, ...] = Field(alias="from", min_length=1)


class Categories(_Section):
    rename: dict[Category, OwnName] = {}
    merge: dict[OwnName, tuple[Category, ...]] = {}
    add: tuple[AddedCategory, ...] = ()

    @model_validator(mode="after")
    def _one_name_each(self) -> "Categories":
        moved = [*self.rename, *(category for merged in self.merge.values() for category in merged)]
        twice = sorted({category for category in moved if moved.count(category) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: renamed or merged more than once")
        names = [*self.rename.values(), *self.merge, *(each for each in CATEGORIES if each not in moved)]
        shared = sorted({name for name in names if names.count(name) > 1})
        if shared:
            raise ValueError(f"{', '.join(shared)}: two categories with one name: list them under merge")
        return self

    @property
    def own_names(self) -> dict[str, str]:
        """{common category: the brand's name for it} for all of `CATEGORIES`, without the rules of `add`."""
        merged = {category: name for name, several in self.merge.items() for category in several}
        return {category: category for category in CATEGORIES} | self.rename | merged


class AlertRule(_Section):
    """A rule of the brand's alerts, in force until the page changes it (models/alerts/rules.py)."""

    name: OwnName
    figure: Literal["tweets", "complaints", "complaint_share", "sentiment"]
    comparison: Literal["above", "below", "rises", "falls"]
    threshold: float
    min_tweets: int = Field(default=20, ge=1)
    quiet_minutes: float = Field(default=120, ge=0)


class Brand(Listening):
    """One brand's file."""

    categories: Categories = Categories()
    segments: dict[SegmentId, OwnName] = {}
    topics: dict[TopicId, OwnName] = {}
    other_meanings: tuple[Pattern, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    alert_targets: tuple[AlertTarget, ...] = ()
    desk: Desk = Desk()

    @model_validator(mode="after")
    def _names_are_given_once(self) -> "Brand":
        targets = [target.name for target in self.alert_targets]
        named = (("segment", self.segments.values()), ("topic", self.topics.values()), ("alert target", targets))
        for kind, names in ((kind, list(values)) for kind, values in named):
            shared = sorted({name for name in names if names.count(name) > 1})
            if shared:
                raise ValueError(f"{kind}s: {', '.join(shared)} is the name of more than one {kind}")
        return self


def read_brand(slug: str) -> Brand:
    """Read the brand's file; the defaults when there is none.

    UsageError names the file and the key of each unknown, duplicate or invalid entry.
    """
    file = files("conf") / "brands" / f"{slug}.yaml"
    # A slug comes from a rule's tag: an unexpected one must not lead out of the folder.
    if not _SLUG.fullmatch(slug) or not file.is_file():
        return Brand()
    return parse_brand(file.read_text("utf-8"), f"conf/brands/{slug}.yaml")


def read_brands() -> dict[str, Brand]:
    """{slug: brand} of every file in conf/brands, by slug; UsageError also for a file whose name is not a slug."""
    names = sorted(file.name for file in (files("conf") / "brands").iterdir() if file.name.endswith((".yaml", ".yml")))
    wrong = [name for name in names if not (name.endswith(".yaml") and _SLUG.fullmatch(name.removesuffix(".yaml")))]
    if wrong:
        raise UsageError(f"conf/brands/{wrong[0]}: a brand's file is named slug.yaml, of a-z, 0-9, _ and -")
    return {slug: read_brand(slug) for slug in (name.removesuffix(".yaml") for name in names)}


def check_known_brand(brand: str | None, known: Iterable[str]) -> None:
    """UsageError that lists the known brands when `brand` is none of them; None stands for all."""
    if brand is not None and brand not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise UsageError(f"--brand {brand}: there is no conf/brands/{brand}.yaml; known brands: {listed}")


def parse_brand(text: str, place: str) -> Brand:
    """Parse the text of a brand file; errors name it `place`."""
    try:
        return Brand.model_validate(parse_yaml(text, place))
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        messages = [
            ": ".join(filter(None, (".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, "))))
            for fault in faults
        ]
        raise UsageError(f"{place}: {'; '.join(messages)}") from None
