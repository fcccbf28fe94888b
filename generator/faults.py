"""Malformed and hostile lines, each made from a valid one with a single fault."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

Json = dict[str, Any]
TOLERABLE = frozenset(
    (
        "id_number", "metrics_as_text", "metrics_as_list", "fractional_metrics", "huge_integer", "lone_surrogate",
        "nul_escape", "deep_nesting", "byte_order_mark", "invalid_utf8",
    )
)  # fmt: skip
"""Kinds that a tolerant reader may accept; all others must be rejected."""

_PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def kinds() -> tuple[str, ...]:
    """Every kind of fault."""
    return (*_BYTES, *_FIELDS)


def spoil(rng: Random, good: bytes, fresh_id: str) -> tuple[str, bytes]:
    """A kind of fault and a line with it; ``good`` is a valid line, ``fresh_id`` a unique id."""
    line: Json = json.loads(good)
    line["data"]["id"] = fresh_id
    kind = rng.choice(kinds())
    if kind in _BYTES:
        return kind, _BYTES[kind](rng, encode(line))
    _FIELDS[kind](rng, line["data"])
    return kind, encode(line)


def encode(line: object) -> bytes:
    """A line as compact JSON in UTF-8; lone surrogates are escaped."""
    try:
        return _PLAIN.encode(line).encode()
    except UnicodeEncodeError:
        return json.dumps(line, separators=(",", ":")).encode()


def _truncated(rng: Random, good: bytes) -> bytes:
    return good[: rng.randrange(len(good) // 4, len(good) - 2)]


def _invalid_utf8(rng: Random, good: bytes) -> bytes:
    place = good.index(b'"text":"') + 8
    return good[:place] + rng.choice((b"\xff\xfe", b"\xc3\x28", b"\xe2\x82")) + good[place:]


def _schema(rng: Random, good: bytes) -> bytes:
    others: list[Json] = [
        {"type": "FeatureCollection", "features": []},
        {"limit": {"track": rng.randrange(9999)}},
        {"errors": [{"title": "operational-disconnect", "disconnect_type": "UpstreamOperationalDisconnect"}]},
        {"post": {"uri": "at://did:example/post/1", "record": {"text": "hello"}}},
        {"data": {"like": {"id": "1"}}},
    ]
    return encode(rng.choice(others))


def _nested(rng: Random, good: bytes) -> bytes:
    depth = rng.randrange(2000, 6000)
    return good[:-1] + b',"extra":' + b"[" * depth + b"]" * depth + b"}"


_BYTES: dict[str, Callable[[Random, bytes], bytes]] = {
    "truncated_json": _truncated,
    "not_json": lambda rng, good: rng.choice((b"hello?", b"id,text", b"\x00\x01\x02", b"NaN,", b"{'data': None}")),
    "html_page": lambda rng, good: _HTML,
    "empty_object": lambda rng, good: b"{}",
    "array_line": lambda rng, good: b"[1,2,3]",
    "null_data": lambda rng, good: b'{"data":null}',
    "byte_order_mark": lambda rng, good: b"\xef\xbb\xbf" + good,
    "invalid_utf8": _invalid_utf8,
    "unknown_schema": _schema,
    "deep_nesting": _nested,
}  # fmt: skip


def _with(**fields: object) -> Callable[[Random, Json], None]:
    def change(rng: Random, data: Json) -> None:
        data.update(fields)

    return change


def _without(name: str) -> Callable[[Random, Json], None]:
    def change(rng: Random, data: Json) -> None:
        data.pop(name, None)

    return change


def _id_number(rng: Random, data: Json) -> None:
    data["id"] = int(data["id"])


def _metrics_as_text(rng: Random, data: Json) -> None:
    data["public_metrics"] = {"retweet_count": "12", "reply_count": "", "like_count": "1.2K", "quote_count": "n/a"}


def _huge_text(rng: Random, data: Json) -> None:
    data["text"] = ("the queue goes on " * 17_000)[: rng.randrange(300_000, 304_000)]


def _surrogate(rng: Random, data: Json) -> None:
    data["text"] += " \ud83d"


def _nul(rng: Random, data: Json) -> None:
    data["text"] += "\x00 and more"


def _huge_integer(rng: Random, data: Json) -> None:
    data["public_metrics"] = {"retweet_count": 10**30, "reply_count": -(10**25), "like_count": 2**63, "quote_count": 0}


_FIELDS: dict[str, Callable[[Random, Json], None]] = {
    "id_number": _id_number,
    "id_missing": _without("id"),
    "id_word": _with(id="not-an-id"),
    "text_null": _with(text=None),
    "text_missing": _without("text"),
    "text_object": _with(text={"full": "hello"}),
    "metrics_as_text": _metrics_as_text,
    "metrics_as_list": _with(public_metrics=[1, 2, 3]),
    "fractional_metrics": _with(public_metrics={"retweet_count": 1.5, "reply_count": 0.25, "like_count": 1e3}),
    "date_1970": _with(created_at="1970-01-01T00:00:00.000Z"),
    "date_2199": _with(created_at="2199-12-31T23:59:59.000Z"),
    "date_word": _with(created_at="yesterday"),
    "huge_text": _huge_text,
    "lone_surrogate": _surrogate,
    "nul_escape": _nul,
    "huge_integer": _huge_integer,
}
