"""Settings as plain mappings: YAML files, and one laid over the other."""

from pathlib import Path
from typing import Any

import yaml

from runtime.errors import UsageError
from runtime.resources import read_resource


def read_overlay(env: str | None) -> dict[str, Any]:
    """The content of `env`, a name in conf/ or a path; empty for none. UsageError when there is no such overlay."""
    if not env:
        return {}
    if Path(env).is_file():
        return parse_yaml(Path(env).read_text("utf-8"), env)
    try:
        return parse_yaml(read_resource(f"conf/{env}.yaml"), f"conf/{env}.yaml")
    except FileNotFoundError:
        raise UsageError(f"--env {env}: neither a file nor the name of an overlay in conf/") from None


def parse_yaml(text: str, place: str) -> dict[str, Any]:
    """YAML that must be a mapping; UsageError names `place` otherwise."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{place} is not valid YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(content, dict):
        raise UsageError(f"{place} must contain sections and keys, found {type(content).__name__}")
    return content


def merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, section by section; neither is changed."""
    merged = dict(below)
    for key, value in above.items():
        nested = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if nested else value
    return merged
