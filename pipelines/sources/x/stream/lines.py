"""One line of the filtered stream, looked at without parsing: the id of its tweet, and whether X speaks of itself.

The pattern walks over whole members of JSON, whatever their order, because `"id":"…"` also stands in mentions,
references and rules. It never goes back, so a line takes time in proportion to its length.
"""

import json
import re
from typing import Any

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_DEEPEST = 8


def _container(depth: int) -> bytes:
    inner = rb"|" + _container(depth - 1) if depth else b""
    return rb'[{\[](?:[^"{}\[\]]++|' + _STRING + inner + rb")*+[}\]]"


def _members(name: bytes) -> bytes:
    """The members of an object that stand before the one called `name`, and that name."""
    value = rb"(?:" + _STRING + rb'|[^"{}\[\],\s]++|' + _container(_DEEPEST) + rb")"
    other = rb'(?!"' + name + rb'")' + _STRING + rb"\s*+:\s*+" + value + rb"\s*+,\s*+"
    return rb"\s*+\{\s*+(?:" + other + rb')*+"' + name + rb'"\s*+:'


_NUMBER = rb'\s*+"([0-9]{1,19})"'
_PLAIN = re.compile(rb'\{"data":\{"id":' + _NUMBER)
_ANY_ORDER = re.compile(_members(b"data") + _members(b"id") + _NUMBER, re.DOTALL)


def tweet_id_of(line: bytes) -> int:
    """The id of the line's tweet; 0 when it carries none."""
    found = _PLAIN.match(line) or _ANY_ORDER.match(line)
    return int(found[1]) if found else 0


def is_about_the_stream(line: bytes) -> bool:
    """True for a line without a tweet in which X speaks of the connection: a disconnect, or an error of its own."""
    return b'"errors"' in line or b'"disconnect_type"' in line or b'"connection_issue"' in line


def read_message(line: bytes) -> dict[str, Any] | None:
    """The decoded line; None when it is no whole JSON object."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
