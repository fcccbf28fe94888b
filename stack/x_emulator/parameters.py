"""Query parameters, checked against the contract; errors name the parameter, as X's do."""

import re
from collections.abc import Callable
from typing import Any

from stack.x_emulator.clock import parse_time
from stack.x_emulator.contract import Endpoint, Parameter, shape_parameters
from stack.x_emulator.problems import invalid

ID = re.compile(r"[0-9]{1,19}")
USERNAME = re.compile(r"[A-Za-z0-9_]{1,15}")
NEW_ONLY = ("post.fields",)


def spelling_of(endpoint: Endpoint, given: dict[str, str], default: str) -> str:
    """The contract of the parameters that a request uses, otherwise the default."""
    if endpoint.shape is None or endpoint.is_stream:
        return default
    if any(name in given for name in NEW_ONLY):
        return "2.167"
    return "2.166" if "tweet.fields" in given else default


def read_parameters(endpoint: Endpoint, given: dict[str, str], spelling: str) -> dict[str, Any]:
    """Values by name: int, float (a time), bool, str, list. Raises ApiError 400 naming the first invalid parameter."""
    known = dict(endpoint.parameters)
    if endpoint.shape is not None:
        known |= shape_parameters(endpoint.shape, "2.166" if endpoint.is_stream else spelling)
    for name, text in given.items():
        if name not in known:
            names = ",".join(sorted(known))
            raise invalid(f"The query parameter [{name}] is not one of [{names}]", **{name: text})
    for name, parameter in known.items():
        if parameter.is_required and not given.get(name):
            raise invalid(f"{name}: is missing but it is required", **{name: ""})
    return {name: _KINDS[known[name].kind](text, known[name]) for name, text in given.items()}


def _integer(text: str, about: Parameter) -> int:
    low, high = about.low or 0, about.high or 0
    if not re.fullmatch(r"-?[0-9]{1,9}", text) or not low <= int(text) <= high:
        message = f"The `{about.name}` query parameter value [{text}] is not between {low} and {high}"
        raise invalid(message, **{about.name: text})
    return int(text)


def _text(text: str, about: Parameter) -> str:
    if len(text) < (about.low or 0) or (about.high is not None and len(text) > about.high):
        message = (
            f"The `{about.name}` query parameter length [{len(text)}] is not between {about.low or 0} and {about.high}"
        )
        raise invalid(message, **{about.name: text})
    return text


def _boolean(text: str, about: Parameter) -> bool:
    if text.lower() not in ("true", "false"):
        raise invalid(
            f"The `{about.name}` query parameter value [{text}] is not one of [true,false]", **{about.name: text}
        )
    return text.lower() == "true"


def _time(text: str, about: Parameter) -> float:
    try:
        return parse_time(text)
    except ValueError:
        message = f"The `{about.name}` query parameter value [{text}] is not a valid RFC3339 time"
        raise invalid(message, **{about.name: text}) from None


def _choice(text: str, about: Parameter) -> str:
    if text not in about.choices:
        names = ",".join(about.choices)
        raise invalid(
            f"The `{about.name}` query parameter value [{text}] is not one of [{names}]", **{about.name: text}
        )
    return text


def _fields(text: str, about: Parameter) -> list[str]:
    return [_choice(each.strip(), about) for each in text.split(",")]


def _matching(pattern: "re.Pattern[str]") -> Callable[[str, Parameter], str]:
    def check(text: str, about: Parameter) -> str:
        if not pattern.fullmatch(text):
            message = f"The `{about.name}` query parameter value [{text}] does not match ^{pattern.pattern}$"
            raise invalid(message, **{about.name: text})
        return text

    return check


def _several(check: Callable[[str, Parameter], str]) -> Callable[[str, Parameter], list[str]]:
    def read(text: str, about: Parameter) -> list[str]:
        found = [check(each.strip(), about) for each in text.split(",")]
        if about.max_items is not None and len(found) > about.max_items:
            message = f"size must be between 1 and {about.max_items}: [{len(found)}] given in `{about.name}`"
            raise invalid(message, **{about.name: found[:3]})
        return found

    return read


_KINDS: dict[str, Callable[[str, Parameter], Any]] = {
    "integer": _integer,
    "text": _text,
    "boolean": _boolean,
    "time": _time,
    "choice": _choice,
    "fields": _fields,
    "id": _matching(ID),
    "username": _matching(USERNAME),
    "ids": _several(_matching(ID)),
    "usernames": _several(_matching(USERNAME)),
}
