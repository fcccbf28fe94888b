"""docs/reference/settings.md: conf/base.yaml's keys, defaults and comments, with the types of conf/sections.py."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from conf.sections import Section
from conf.settings import Secrets, Settings
from runtime.resources import read_resource
from tools.docs.markdown import code, escape, page, table

INTRO = """\
`conf/base.yaml` has every setting with its default. A YAML file given with `--env`, or `conf/<name>.yaml` for
`--env <name>`, replaces some of them; so does an environment variable: `BRANDPULSE__KAFKA__PARTITIONS=8` sets
`kafka.partitions`. An unknown key or a value of the wrong type ends the job with exit code 2 and names the key.
[Settings and secrets](../guides/settings-and-secrets.md) shows how to use real servers."""
_LINE = re.compile(r"^(?P<indent> *)(?P<key>\w+):(?P<default>(?: (?! *#).*?)?)(?: +# (?P<comment>.*))?$")
_WORDS = {int: "whole number", float: "number", str: "text", bool: "true or false", Path: "path", NoneType: "null"}
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "length ≥"}


@dataclass(frozen=True)
class Setting:
    """A line of base.yaml: its path of keys, its default as written, and its comment."""

    path: tuple[str, ...]
    default: str
    meaning: str


def read_base() -> Iterator[Setting]:
    """Every line of base.yaml that has a key, sections included."""
    path: tuple[str, ...] = ()
    for line in read_resource("conf/base.yaml").splitlines():
        if match := _LINE.match(line):
            path = (*path[: len(match["indent"]) // 2], match["key"])
            yield Setting(path, match["default"].strip(), match["comment"] or "")


def render_settings() -> str:
    """The page: one table per section, and the secrets."""
    given = [setting for setting in read_base() if setting.default]
    sections = dict.fromkeys(setting.path[0] for setting in given if len(setting.path) > 1)
    blocks = ["## Folders", _table(each for each in given if len(each.path) == 1)]
    for section in sections:
        blocks += [f"## {section}", _table(each for each in given if len(each.path) > 1 and each.path[0] == section)]
    return page("Settings", INTRO, *blocks, "## Secrets", _secrets())


def _table(settings: Iterator[Setting]) -> str:
    rows = [
        (code(".".join(each.path)), type_of(field_at(each.path)), code(each.default), escape(each.meaning))
        for each in settings
    ]
    return table(("setting", "type", "default", "meaning"), rows)


def _secrets() -> str:
    rows = [
        (code(f"BRANDPULSE_{name.upper()}"), escape(field.description or ""))
        for name, field in Secrets.model_fields.items()
    ]
    return "From the environment only; no log shows their values.\n\n" + table(("variable", "meaning"), rows)


def field_at(path: tuple[str, ...]) -> FieldInfo:
    """The field of the typed settings at a path of keys."""
    model: type[Section] = Settings
    for key in path[:-1]:
        nested = model.model_fields[key].annotation
        assert isinstance(nested, type)
        assert issubclass(nested, Section)
        model = nested
    return model.model_fields[path[-1]]


def type_of(field: FieldInfo) -> str:
    """The field's type and bounds in words."""
    bounds = [
        f"{sign} {getattr(each, name)}"
        for each in field.metadata
        for name, sign in _BOUNDS.items()
        if hasattr(each, name)
    ]
    return escape(", ".join([_type_name(field.annotation), *bounds]))


def _type_name(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_type_name(each) for each in arguments)
    if origin is list:
        return f"list of {_type_name(arguments[0])}"
    if origin is dict:
        return f"{_type_name(arguments[0])}: {_type_name(arguments[1])}"
    return _WORDS[annotation]
