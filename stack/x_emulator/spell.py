"""Encoding of lines and dates on the wire."""

import json
from datetime import UTC, datetime

from stack.x_emulator.clock import moment_of
from stack.x_emulator.contract import Json

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(document: Json) -> bytes:
    """One line of a stream: compact JSON and CR LF. Lone surrogates are escaped."""
    try:
        return _COMPACT.encode(document).encode() + b"\r\n"
    except UnicodeEncodeError:
        return json.dumps(document, separators=(",", ":")).encode() + b"\r\n"


def v1_date(tweet_id: str) -> str:
    """`Thu Mar 19 23:18:17 +0000 2020`: the time that an id contains, in the format of v1.1."""
    return f"{datetime.fromtimestamp(moment_of(int(tweet_id)), UTC):%a %b %d %H:%M:%S %z %Y}"
