"""Fault injection: what goes wrong, when and how often. `faults.yaml` is the catalogue."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stack.x_emulator.clock import Clock
from stack.x_emulator.contract import Json, table
from stack.x_emulator.problems import problem
from stack.x_emulator.spell import encode, v1_date

DEFAULT_SECONDS = {"silence": 60.0, "slow_chunks": 60.0, "occupied_slot": 300.0}
"""Duration of a fault for which no seconds are given."""


@dataclass
class Fault:
    """Occurs `left` more times, or always before `until` (emulator's clock); `on`: an endpoint's name or "*"."""

    id: int
    kind: str
    on: str
    left: float
    until: float
    values: Json = field(default_factory=dict)
    triggered: int = 0

    @property
    def about(self) -> Json:
        about: Json = table("faults")[self.kind]
        return about

    def row(self) -> Json:
        left = None if self.left == float("inf") else int(self.left)
        until = None if self.until == float("inf") else self.until
        return {
            "id": self.id,
            "kind": self.kind,
            "on": self.on,
            "left": left,
            "until": until,
            "triggered": self.triggered,
        }


class FaultInjector:
    """The faults that were injected and have not occurred as often as asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._faults: list[Fault] = []

    def add(
        self, kind: str, on: str = "stream", times: int | None = None, seconds: float | None = None, **values: Any
    ) -> Fault:
        """Inject a fault; by default it occurs once. Raises ValueError for an unknown kind or setting."""
        if kind not in table("faults"):
            raise ValueError(f"{kind!r} is no fault; known faults are {', '.join(table('faults'))}")
        unknown = sorted(set(values) - set(table("faults")[kind].get("takes", ())))
        if unknown:
            raise ValueError(f"{kind} does not take {unknown[0]!r}; it takes {table('faults')[kind].get('takes', [])}")
        is_moment = table("faults")[kind]["scope"] == "connection"
        if is_moment:
            values["seconds"] = DEFAULT_SECONDS.get(kind, 0.0) if seconds is None else seconds
        bounded = seconds is not None and not is_moment
        left = float(times) if times is not None else (float("inf") if bounded else 1.0)
        until = self._clock.now() + seconds if seconds is not None and bounded else float("inf")
        fault = Fault(next(self._numbers), kind, on, left, until, values)
        self._faults.append(fault)
        return fault

    def active(self) -> list[Fault]:
        now = self._clock.now()
        self._faults = [fault for fault in self._faults if fault.left > 0 and fault.until > now]
        return self._faults

    def cancel(self, number: int | None = None) -> None:
        """Cancel one fault, or all."""
        self._faults = [fault for fault in self._faults if number is not None and fault.id != number]

    def trigger(self, scope: str, endpoint: str, limit: int = 1) -> list[Fault]:
        """The active faults of a scope on this endpoint, oldest first; each is counted as having occurred once more."""
        if not self._faults:
            return []
        due = [each for each in self.active() if each.about["scope"] == scope and each.on in ("*", endpoint)][:limit]
        for fault in due:
            fault.left -= 1
            fault.triggered += 1
        return due


@dataclass(slots=True)
class Line:
    """The next bytes of a connection; `post_id` if they are the complete line of a post."""

    payload: bytes
    post_id: int | None = None
    ending: str | None = None
    """`end`: the body ends properly; `abort`: the connection breaks."""


def control_line(fault: Fault) -> Line | None:
    """The last line that a fault of scope `connection` sends; None if it sends nothing."""
    if fault.kind == "disconnect":
        kind = fault.values.get("disconnect_type", "UpstreamOperationalDisconnect")
        document = {"errors": [_operational(kind)]}
        return Line(encode(document), ending="end")
    if fault.kind == "html_page":
        return Line(table("faults")["bad_gateway"]["body"].encode() + b"\r\n", ending="end")
    return {"clean_close": Line(b"", ending="end"), "abort": Line(b"", ending="abort")}.get(fault.kind)


def spoiled(kind: str, post_id: int, document: Json) -> list[Line]:
    """The lines that are sent instead of a post's own line; `disorder` is handled by the hub."""
    good = Line(encode(document), post_id)
    half = good.payload[: len(good.payload) // 2]
    if kind in ("abort_in_line", "end_in_line"):
        return [Line(half, ending=kind.split("_", maxsplit=1)[0])]
    if kind == "duplicate":
        return [good, Line(good.payload, post_id)]
    if kind in _IN_PLACE:
        return [Line(encode(_IN_PLACE[kind](json.loads(good.payload))), post_id)]
    if kind in _BEFORE:
        return [Line(_BEFORE[kind](json.loads(good.payload))), good]
    return [good]


def _operational(kind: str) -> Json:
    found = problem("operational_disconnect", disconnect_type=kind)
    return {name: found[name] for name in ("title", "disconnect_type", "detail", "type")}


def _untagged(document: Json) -> Json:
    return document | {"matching_rules": [{"id": rule["id"]} for rule in document.get("matching_rules", ())]}


def _with_error(document: Json) -> Json:
    lost = problem("not_found", value="456", resource_type="tweet", parameter="referenced_tweets.id")
    return document | {"errors": [lost]}


def _with(name: str, value: Callable[[Json], Any]) -> Callable[[Json], bytes]:
    def spoil(document: Json) -> bytes:
        data = document["data"] | {name: value(document["data"])}
        return encode(document | {"data": {key: each for key, each in data.items() if each is not _ABSENT}})

    return spoil


_ABSENT = object()
_IN_PLACE: dict[str, Callable[[Json], Json]] = {"no_tag": _untagged, "errors_beside_data": _with_error}
_BEFORE: dict[str, Callable[[Json], bytes]] = {
    "not_json": lambda document: b"this is no JSON\r\n",
    "unknown_message": lambda document: encode({"notice": {"kind": "unknown_to_all_documents"}}),
    "bad_date": _with("created_at", lambda data: v1_date(data["id"])),
    "no_text": _with("text", lambda data: _ABSENT),
    "null_edit_controls": _with("edit_controls", lambda data: {"editable_until": None, "edits_remaining": None}),
}
