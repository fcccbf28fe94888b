"""Scenario files: the contents of a world and its events, strictly validated."""

import dataclasses
import types
import typing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

INDUSTRIES = ("coffee", "airline", "telecom", "bank")
CATEGORIES = (
    "service", "billing", "delay", "cancellation", "booking",
    "technical", "lost_or_damaged", "staff", "safety_or_fraud", "other",
)  # fmt: skip


class ScenarioError(ValueError):
    """An invalid scenario; the message names the file and key, and what is allowed."""


@dataclass(frozen=True)
class Brand:
    """An invented company. ``weight``: its share of the tweets; ``mood``: the ratio of praise to complaints."""

    slug: str
    name: str
    handle: str
    industry: str
    weight: float = 1.0
    mood: float = 1.0


@dataclass(frozen=True)
class Incident:
    """An incident of a brand; ``day`` and ``hour`` count from the start of the span."""

    brand: str
    day: int
    hour: int
    hours: int
    category: str
    intensity: float
    region: str | None = None
    cause: str = ""


@dataclass(frozen=True)
class Shares:
    """Shares of rare events, 0..1 of the tweets (malformed: of the lines)."""

    repeats: float = 0.07
    malformed: float = 0.008
    untagged: float = 0.03
    edits: float = 0.012
    deletes: float = 0.012
    account_notices: float = 0.002
    places: float = 0.04
    media: float = 0.05
    long_posts: float = 0.03


@dataclass(frozen=True)
class Scenario:
    """The settings of a world. ``blend`` 0..1 makes the segments more alike, so that they are harder to find."""

    name: str
    seed: int
    ends_at: datetime
    days: int
    tweets: int
    authors: int
    brands: tuple[Brand, ...]
    incidents: tuple[Incident, ...] = ()
    segments: dict[str, float] = field(default_factory=dict)
    blend: float = 0.0
    shares: Shares = field(default_factory=Shares)
    spelling: str = "2.166"

    @property
    def starts_at(self) -> datetime:
        """The start of the span."""
        return self.ends_at - timedelta(days=self.days)


def read_scenario(path: Path, **overrides: int | str | datetime | None) -> Scenario:
    """The scenario in ``path``; settings that are given and not None (tweets, days, ends_at, seed, …) take precedence.

    Raises ScenarioError for an unknown key, a missing key or an invalid value.
    """
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ScenarioError(f"there is no scenario at {path}; try generator/scenarios/demo.yaml") from None
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path} is not YAML: {error}") from None
    if not isinstance(raw, dict):
        raise ScenarioError(f"{path} must contain a mapping of settings")
    chosen = {key: value for key, value in overrides.items() if value is not None}
    scenario: Scenario = _build(Scenario, raw | chosen, str(path))
    _check(scenario, str(path))
    return scenario


def _build(kind: Any, raw: Any, place: str) -> Any:
    if not isinstance(raw, dict):
        raise ScenarioError(f"{place} must be a mapping, not {raw!r}")
    hints = typing.get_type_hints(kind)
    unknown = [key for key in raw if key not in hints]
    if unknown:
        raise ScenarioError(f"{place}: unknown key {unknown[0]!r}; known keys are {', '.join(hints)}")
    for known in dataclasses.fields(kind):
        optional = known.default is not dataclasses.MISSING or known.default_factory is not dataclasses.MISSING
        if not optional and known.name not in raw:
            raise ScenarioError(f"{place}: the key {known.name!r} is missing")
    return kind(**{key: _value(hints[key], value, f"{place}: {key}") for key, value in raw.items()})


def _value(hint: Any, value: Any, place: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return _build(hint, value, place)
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ScenarioError(f"{place} must be a list, not {value!r}")
        kind = typing.get_args(hint)[0]
        return tuple(_value(kind, item, f"{place}[{index}]") for index, item in enumerate(value))
    if typing.get_origin(hint) is types.UnionType:
        return None if value is None else _value(typing.get_args(hint)[0], value, place)
    if typing.get_origin(hint) is dict:
        return {str(key): _value(float, share, f"{place}.{key}") for key, share in dict(value).items()}
    if hint is datetime:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or isinstance(value, bool):
        raise ScenarioError(f"{place} must be of type {hint.__name__}, not {value!r}")
    return value


def _check(scenario: Scenario, place: str) -> None:
    slugs = [brand.slug for brand in scenario.brands]
    wrong = [
        (scenario.tweets < 1, "tweets must be at least 1"),
        (not 1 <= scenario.days <= 3660, "days must be between 1 and 3660"),
        (scenario.authors < 60 * max(1, len(slugs)), "authors must be at least 60 for each brand"),
        (not slugs or len(set(slugs)) != len(slugs), "brands needs at least one entry, each with a unique slug"),
        (not 0 <= scenario.blend <= 1, f"blend must be between 0 and 1, not {scenario.blend}"),
        (scenario.spelling not in ("2.166", "2.167"), f"spelling is {scenario.spelling!r}; use '2.166' or '2.167'"),
    ]
    wrong += [
        (b.industry not in INDUSTRIES, f"{b.slug}: industry must be one of {INDUSTRIES}") for b in scenario.brands
    ]
    wrong += [
        (i.brand not in slugs, f"incident of unknown brand {i.brand!r}; known: {slugs}") for i in scenario.incidents
    ]
    wrong += [
        (i.category not in CATEGORIES, f"incident category {i.category!r}; known: {CATEGORIES}")
        for i in scenario.incidents
    ]
    shares = dataclasses.asdict(scenario.shares).items()
    wrong += [
        (not 0 <= share <= 0.5, f"shares.{name} must be between 0 and 0.5, not {share}") for name, share in shares
    ]
    for is_wrong, sentence in wrong:
        if is_wrong:
            raise ScenarioError(f"{place}: {sentence}")
