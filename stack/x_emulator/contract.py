"""`contract.yaml` as typed values: endpoints, their limits and parameters, and the names of fields."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]
FOLDER = Path(__file__).parent


@cache
def table(name: str) -> Json:
    """One of the YAML files beside this module, by its name without ending."""
    found: Json = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return found


@dataclass(frozen=True)
class Parameter:
    """A parameter: `low` and `high` bound a number's value or a text's length, `most` a list's length."""

    name: str
    kind: str
    low: int | None = None
    high: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True)
class Endpoint:
    """One call; `limits` are requests per 15 minutes, `daily` per 24 hours, by kind of caller."""

    name: str
    method: str
    path: str
    auth: tuple[str, ...]
    limits: dict[str, int]
    daily: dict[str, int]
    parameters: dict[str, Parameter]
    shape: str | None
    is_enterprise: bool

    @property
    def is_stream(self) -> bool:
        return self.name in ("stream", "tweets_compliance_stream", "users_compliance_stream")


@cache
def endpoints() -> tuple[Endpoint, ...]:
    return tuple(_endpoint(row) for row in table("contract")["endpoints"])


@cache
def shape_parameters(shape: str, spelling: str) -> dict[str, Parameter]:
    """The field and expansion parameters of answers made of tweets or users, in one contract's names."""
    groups = table("contract")["fields"]
    names = table("contract")["shapes"][shape][spelling]
    return {
        groups[name]["parameter"]: Parameter(groups[name]["parameter"], "fields", choices=tuple(groups[name]["names"]))
        for name in names
    }


def names_of(group: str) -> tuple[str, ...]:
    return tuple(table("contract")["fields"][group]["names"])


def tier(name: str) -> Json:
    found: Json = table("contract")["tiers"][name]
    return found


def _endpoint(row: Json) -> Endpoint:
    method, path = row["call"].split(" ")
    parameters = {name: _parameter(name, about) for name, about in row.get("parameters", {}).items()}
    return Endpoint(
        row["name"],
        method,
        path,
        tuple(row["auth"]),
        row["limits"],
        row.get("daily", {}),
        parameters,
        row.get("shape"),
        row.get("enterprise", False),
    )


def _parameter(name: str, about: Json) -> Parameter:
    choices = names_of(about["of"]) if about["kind"] == "fields" else tuple(about.get("of", ()))
    return Parameter(
        name,
        about["kind"],
        about.get("from"),
        about.get("to"),
        about.get("most"),
        choices,
        about.get("required", False),
    )
