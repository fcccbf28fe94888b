"""One line of the filtered stream, read without parsing: its tweet's id, or whether it is about the connection.

The pattern skips whole JSON members, in any order, because `"id":"…"` also occurs in mentions, references and rules. It
never backtracks, so the time is linear in the length of the line.
"""

import json
import re
from typing import Any

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_MAX_DEPTH = 8


def _container(depth: int) -> bytes:
    inner = rb"|" + _container(depth - 1) if depth else b""
    return rb'[{\[](?:[^"{}\[\]]++|' + _STRING + inner + rb")*+[}\]]"


def _members(name: bytes) -> bytes:
    """The members of an object before the one called `name`, and that name."""
    value = rb"(?:" + _STRING + rb'|[^"{}\[\],\s]++|' + _container(_MAX_DEPTH) + rb")"
    other = rb'(?!"' + name + rb'")' + _STRING + rb"\s*+:\s*+" + value + rb"\s*+,\s*+"
    return rb"\s*+\{\s*+(?:" + other + rb')*+"' + name + rb'"\s*+:'


_NUMBER = rb'\s*+"([0-9]{1,19})"'
_PLAIN = re.compile(rb'\{"data":\{"id":' + _NUMBER)
_ANY_ORDER = re.compile(_members(b"data") + _members(b"id") + _NUMBER, re.DOTALL)


def tweet_id_of(line: bytes) -> int:
    """The id of the line's tweet; 0 when it has none."""
    found = _PLAIN.match(line) or _ANY_ORDER.match(line)
    return int(found[1]) if found else 0


def is_about_the_stream(line: bytes) -> bool:
    """True for a line without a tweet that is about the connection: a disconnect, or an error of X."""
    return b'"errors"' in line or b'"disconnect_type"' in line or b'"connection_issue"' in line


def read_message(line: bytes) -> dict[str, Any] | None:
    """The decoded line; None when it is not a complete JSON object."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
