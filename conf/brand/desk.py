"""The key `desk` of a brand's file: teams, routing rules, priorities and response times. Pages save versions of it.

    desk:
      teams:
        customer care: {hours: {days: [mon, tue, wed, thu, fri], opens: "08:00", closes: "20:00", zone: Europe/London},
                        escalates_to: duty managers}
        duty managers: {}                          # without hours: day and night
      default_team: customer care                  # what no rule takes; the first team when the key is absent
      rules:                                       # in this order, the first one that matches takes the ticket
        - {name: safety, words: [injured, police], team: duty managers, at_least: P1}
        - {name: lost baggage, categories: [baggage], languages: [en], team: baggage}
        - {name: large accounts, min_followers: 100000, team: social, impact: high}
      response_minutes: {P1: 15, P2: 60, P3: 240, P4: 1440}    # of the team's hours
      impact: {medium_followers: 10000, high_followers: 100000, problem: medium}
      urgency: {medium_sentiment: 0.2, high_sentiment: 0.05}   # at most so much, where 0 is negative and 1 positive
      reopen_days: 7

A rule matches when all of its conditions do: `categories` (the brand's own names), `products`, `languages`, `regions`,
`min_followers`, `words`. A rule without a condition matches everything.
"""

import re
from datetime import time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from conf.brand.listening import Language, Region

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Priority = Literal["P1", "P2", "P3", "P4"]
Level = Literal["low", "medium", "high"]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
Phrase = Annotated[str, Field(min_length=2, max_length=60)]
DEFAULT_TEAM = "customer care"


def _a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone such as Europe/London") from None
    return name


def _a_time(text: object) -> str:
    if not isinstance(text, str):  # YAML takes 10:00 for a number to the base of 60
        raise ValueError('write a time of day in quotes, such as "08:30"')
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", text):
        raise ValueError(f"{text!r} is not a time of day such as 08:30 or 24:00")
    return text


TimeOfDay = Annotated[str, BeforeValidator(_a_time)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(_Section):
    """When a team works, in its own time zone."""

    days: tuple[Day, ...] = Field(default=DAYS, min_length=1)
    opens: TimeOfDay = "00:00"
    closes: TimeOfDay = "24:00"
    zone: Annotated[str, AfterValidator(_a_zone)] = "UTC"

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "Hours":
        if self.opens >= self.closes:
            raise ValueError(f"opens at {self.opens}, which is not before {self.closes}")
        return self

    @property
    def opening(self) -> time:
        return time.fromisoformat(self.opens)

    @property
    def open_minutes(self) -> int:
        """How long a day is."""
        opens, closes = (int(text[:2]) * 60 + int(text[3:]) for text in (self.opens, self.closes))
        return closes - opens


class Team(_Section):
    hours: Hours | None = None
    escalates_to: Name | None = None


class Rule(_Section):
    """An empty condition is no condition. `impact` and `urgency` replace what is computed."""

    name: Name
    team: Name
    categories: tuple[Name, ...] = ()
    products: tuple[Phrase, ...] = ()
    languages: tuple[Language, ...] = ()
    regions: tuple[Region, ...] = ()
    min_followers: int = Field(default=0, ge=0)
    words: tuple[Phrase, ...] = ()
    impact: Level | None = None
    urgency: Level | None = None
    at_least: Priority | None = None


class ResponseMinutes(_Section):
    P1: int = Field(default=15, gt=0)
    P2: int = Field(default=60, gt=0)
    P3: int = Field(default=240, gt=0)
    P4: int = Field(default=1440, gt=0)


class Impact(_Section):
    """How many people a complaint reaches: by the author's followers, and by many authors of one problem."""

    medium_followers: int = Field(default=10_000, gt=0)
    high_followers: int = Field(default=100_000, gt=0)
    problem: Level = "medium"


class Urgency(_Section):
    """How frustrated a complaint is, by its sentiment score."""

    medium_sentiment: float = Field(default=0.2, ge=0, le=1)
    high_sentiment: float = Field(default=0.05, ge=0, le=1)


class Desk(_Section):
    teams: dict[Name, Team] = Field(default={DEFAULT_TEAM: Team()}, min_length=1)
    default_team: Name | None = None
    rules: tuple[Rule, ...] = ()
    response_minutes: ResponseMinutes = ResponseMinutes()
    impact: Impact = Impact()
    urgency: Urgency = Urgency()
    reopen_days: int = Field(default=7, ge=0)

    @model_validator(mode="after")
    def _names_are_known(self) -> "Desk":
        named = [("default_team", self.first_team), *((f"rule {rule.name}", rule.team) for rule in self.rules)]
        named += [
            (f"team {name}: escalates_to", team.escalates_to) for name, team in self.teams.items() if team.escalates_to
        ]
        for place, team in named:
            if team not in self.teams:
                raise ValueError(f"{place}: there is no team {team}; the teams are {', '.join(self.teams)}")
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: the name of more than one rule")
        return self

    @property
    def first_team(self) -> str:
        """The team of tickets that no rule takes."""
        return self.default_team or next(iter(self.teams))
