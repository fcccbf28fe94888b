"""`contract.yaml` as typed values: endpoints with their limits and parameters, and field names."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]
FOLDER = Path(__file__).parent


@cache
def table(name: str) -> Json:
    """A YAML file of this package, by its name without extension."""
    found: Json = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return found


@dataclass(frozen=True)
class Parameter:
    """A parameter; `low` and `high` bound a number or the length of a text, `max_items` the length of a list."""

    name: str
    kind: str
    low: int | None = None
    high: int | None = None
    max_items: int | None = None
    choices: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True)
class Endpoint:
    """One endpoint; `limits` are requests per 15 minutes, `daily` per 24 hours, by kind of caller."""

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
    """The field and expansion parameters for tweets or users, in the names of one contract."""
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
        about.get("max_items"),
        choices,
        about.get("required", False),
    )
