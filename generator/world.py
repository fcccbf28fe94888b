"""A world: a scenario with its segments and regions, and the tweets per hour."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from importlib import resources
from math import exp, log
from pathlib import Path
from random import Random
from typing import Any

import yaml

from generator.scenario import Brand, Incident, Scenario, ScenarioError, read_scenario

HOUR_MS = 3_600_000
_SIZES = ("followers", "following", "tweets", "age_days")
_PACE = (3, 2, 1.5, 1.2, 1.2, 1.8, 3.5, 5.5, 7, 7.5, 7, 7, 7.5, 7.2, 6.8, 6.6, 6.8, 7.2, 7.6, 8, 8, 7.4, 6, 4.5)


@dataclass(frozen=True)
class Segment:
    """A true segment of authors; ``segments.yaml`` describes the fields."""

    name: str
    share: float
    volume: float
    awake: tuple[float, ...]
    followers: tuple[float, float]
    following: tuple[float, float]
    tweets: tuple[float, float]
    age_days: tuple[float, float]
    verified: float
    moods: dict[str, float]
    actions: dict[str, float]

    def activity(self, hour: int) -> float:
        """The activity of a member at a local hour, 0.12 to 1."""
        return self.awake[hour % 24]


@dataclass(frozen=True)
class Region:
    """A region where authors live; ``at`` is (longitude, latitude)."""

    key: str
    city: str
    country: str
    code: str
    at: tuple[float, float]
    offset: int
    weight: float
    languages: dict[str, float]
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class World:
    """The input of the generator, made by ``load_world``."""

    scenario: Scenario
    segments: tuple[Segment, ...]
    regions: tuple[Region, ...]

    @property
    def seed(self) -> int:
        """The seed of all random choices."""
        return self.scenario.seed

    @property
    def brands(self) -> tuple[Brand, ...]:
        """The brands, in the order of the scenario."""
        return self.scenario.brands

    @cached_property
    def starts_ms(self) -> int:
        """First millisecond of the span."""
        return round(self.scenario.starts_at.timestamp() * 1000)

    @cached_property
    def ends_ms(self) -> int:
        """First millisecond after the span."""
        return round(self.scenario.ends_at.timestamp() * 1000)

    def incident_of(self, brand: int, hour: int) -> tuple[int, Incident] | None:
        """(number in the scenario, incident) of a brand at an hour counted from the start, or None."""
        for number, incident in enumerate(self.scenario.incidents):
            begins = incident.day * 24 + incident.hour
            if incident.brand == self.brands[brand].slug and begins <= hour < begins + incident.hours:
                return number, incident
        return None

    def pace(self, hour: int) -> list[float]:
        """The relative number of tweets per brand in an hour counted from the start."""
        moment = self.scenario.starts_at + timedelta(hours=hour)
        base = _PACE[moment.hour] * (0.8 if moment.weekday() >= 5 else 1.0)
        paces = []
        for number, brand in enumerate(self.brands):
            found = self.incident_of(number, hour)
            paces.append(base * brand.weight * (found[1].intensity if found else 1.0))
        return paces


@lru_cache(maxsize=1)
def regions() -> tuple[Region, ...]:
    """The regions of ``regions.yaml``."""
    return tuple(Region(key=key, **_tuples(fields, "at", "spellings")) for key, fields in _data("regions.yaml").items())


def segments(shares: dict[str, float], blend: float = 0.0) -> tuple[Segment, ...]:
    """The segments of ``segments.yaml``; ``shares`` replaces the shares of authors of the segments that it names.

    ``blend`` 0..1 moves every other trait towards the mean of all segments, sizes on a logarithmic scale: at 1 all
    segments are alike.
    """
    known = _data("segments.yaml")
    for name in shares:
        if name not in known:
            raise ScenarioError(f"segments: unknown segment {name!r}; known segments are {', '.join(known)}")
    made = tuple(
        _segment(name, fields | {"share": shares.get(name, fields["share"])}) for name, fields in known.items()
    )
    return made if blend == 0 else tuple(_blended(each, made, blend) for each in made)


def load_world(path: Path | str, **overrides: int | str | datetime | None) -> World:
    """The world of a scenario file; see ``read_scenario`` for the overrides and the errors."""
    scenario = read_scenario(Path(path), **overrides)
    known = [region.key for region in regions()]
    for incident in scenario.incidents:
        if incident.region is not None and incident.region not in known:
            raise ScenarioError(f"{path}: incident region {incident.region!r} is unknown; known: {', '.join(known)}")
    return World(scenario, segments(scenario.segments, scenario.blend), regions())


def draw(rng: Random, weights: dict[str, float]) -> str:
    """A key, drawn with its weight."""
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


def _segment(name: str, fields: dict[str, Any]) -> Segment:
    awake = tuple(1.0 if hour in fields["hours"] else 0.12 for hour in range(24))
    traits = {key: value for key, value in fields.items() if key != "hours"}
    return Segment(name=name, awake=awake, **_tuples(traits, *_SIZES))


def _blended(one: Segment, everyone: tuple[Segment, ...], blend: float) -> Segment:
    """``one`` moved towards the mean of all segments, which is weighted by their shares."""
    total = sum(each.share for each in everyone)

    def mixed(own: float, of_all: Iterable[float]) -> float:
        mean = sum(value * each.share for value, each in zip(of_all, everyone, strict=True)) / total
        return (1 - blend) * own + blend * mean

    def sizes(own: tuple[float, float], of_all: list[tuple[float, float]]) -> tuple[float, float]:
        median = exp(mixed(log(own[0]), (log(each[0]) for each in of_all)))
        return median, mixed(own[1], (each[1] for each in of_all))

    def weights(own: dict[str, float], of_all: list[dict[str, float]]) -> dict[str, float]:
        keys = dict.fromkeys(key for each in of_all for key in each)
        return {key: mixed(own.get(key, 0.0), (each.get(key, 0.0) for each in of_all)) for key in keys}

    return replace(
        one,
        volume=mixed(one.volume, (each.volume for each in everyone)),
        awake=tuple(mixed(own, (each.awake[hour] for each in everyone)) for hour, own in enumerate(one.awake)),
        verified=mixed(one.verified, (each.verified for each in everyone)),
        moods=weights(one.moods, [each.moods for each in everyone]),
        actions=weights(one.actions, [each.actions for each in everyone]),
        followers=sizes(one.followers, [each.followers for each in everyone]),
        following=sizes(one.following, [each.following for each in everyone]),
        tweets=sizes(one.tweets, [each.tweets for each in everyone]),
        age_days=sizes(one.age_days, [each.age_days for each in everyone]),
    )


def _data(name: str) -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(resources.files("generator").joinpath(name).read_text("utf-8"))
    return loaded


def _tuples(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return fields | {name: tuple(fields[name]) for name in names}
