"""Open streams: who is connected, what each was sent, and the slots that X counts."""

import asyncio
import uuid
from array import array
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from stack.x_emulator.clock import Clock, iso
from stack.x_emulator.contract import Json
from stack.x_emulator.faults import Fault, Line, Switchboard, control_line, spoiled
from stack.x_emulator.shapes import Shape
from stack.x_emulator.spell import encode


@dataclass
class Connection:
    """One stream, open or closed. Times are seconds of the stand-in's clock."""

    endpoint: str
    client_ip: str
    shape: Shape | None
    partition: int
    opened_at: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sent: "array[int]" = field(default_factory=lambda: array("q"))
    """Ids of the posts whose whole line was written, in order."""
    closed_at: float | None = None
    reason: str | None = None
    held_until: float = 0.0
    hold_seconds: float = 0.0
    silent_until: float = 0.0
    slow_until: float = 0.0
    slow_bytes: int = 64
    slow_pause: float = 0.1
    lost: int = 0
    waiting: deque[Line] = field(default_factory=deque)
    late: list[Line] = field(default_factory=list)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, lines: Iterable[Line]) -> None:
        self.waiting.extend(lines)
        self.wake.set()

    def drop(self, reason: str) -> None:
        """Break the connection without another byte."""
        self.reason = self.reason or reason
        self.dropped.set()

    def row(self) -> Json:
        """As the Connections API shows it."""
        found = {
            "id": self.id,
            "endpoint_name": self.endpoint,
            "connected_at": iso(self.opened_at),
            "client_ip": self.client_ip,
        }
        if self.closed_at is not None:
            found |= {"disconnected_at": iso(self.closed_at), "disconnect_reason": self.reason or "client_disconnect"}
        return found


class Hub:
    """All connections since the start, and the delivery of posts to those that are open."""

    def __init__(self, clock: Clock, faults: Switchboard, most_waiting: int) -> None:
        self._clock, self._faults, self._most_waiting = clock, faults, most_waiting
        self.connections: dict[str, Connection] = {}
        self._live: list[Connection] = []

    def live(self, endpoint: str | None = None) -> list[Connection]:
        return [each for each in self._live if endpoint in (None, each.endpoint)]

    def taken(self, endpoint: str) -> list[Connection]:
        """Connections that hold a slot: the open ones, and the closed ones that X has not noticed yet."""
        now = self._clock.now()
        held = (each for each in self.connections.values() if each.endpoint == endpoint)
        return [each for each in held if each.closed_at is None or each.held_until > now]

    def open(self, connection: Connection) -> None:
        self.connections[connection.id] = connection
        self._live.append(connection)
        for fault in self._faults.strike("connection", _fault_name(connection), most=100):
            self._apply(fault, connection)

    def close(self, connection: Connection, reason: str, hold_seconds: float = 0.0) -> None:
        if connection.closed_at is None:
            connection.closed_at, connection.reason = self._clock.now(), connection.reason or reason
            connection.held_until = connection.closed_at + max(hold_seconds, connection.hold_seconds)
            self._live.remove(connection)

    def end(self, connections: Iterable[Connection], reason: str) -> None:
        """End open streams as X does, and free the slots of all."""
        for each in connections:
            each.held_until, each.hold_seconds = 0.0, 0.0
            if each.closed_at is None:
                each.reason = reason
                each.put([Line(b"", ending="end")])

    def strike(self, fault: Fault) -> None:
        """Let a fault of scope `connection` strike what is open; without that it waits for the next to open."""
        struck = [each for each in self._live if fault.on in ("*", _fault_name(each))]
        for connection in struck:
            self._apply(fault, connection)
        if struck:
            fault.left -= 1
            fault.struck += 1

    def deliver(self, post_id: int, draw: Callable[[Shape], Json]) -> None:
        """Send a post to every open filtered stream; `draw` makes the object of its line."""
        drawn: dict[Shape, bytes] = {}
        for connection in self._live:
            if connection.endpoint != "filtered_stream" or connection.shape is None:
                continue
            if connection.silent_until > self._clock.now():
                connection.lost += 1
                continue
            self._send(connection, post_id, drawn, draw)
            if len(connection.waiting) > self._most_waiting:
                connection.drop("slow_reader")

    def broadcast(self, endpoint: str, partition: int, document: Json) -> None:
        """Send an event to the compliance streams of its partition."""
        for connection in self.live(endpoint):
            if connection.partition == partition:
                connection.put([Line(encode(document))])

    def _send(
        self, connection: Connection, post_id: int, drawn: dict[Shape, bytes], draw: Callable[[Shape], Json]
    ) -> None:
        shape = connection.shape
        assert shape is not None
        struck = self._faults.strike("line", "stream")
        if struck and struck[0].kind == "disorder":
            connection.late.append(Line(encode(draw(shape)), post_id))
            return
        if struck:
            lines = spoiled(struck[0].kind, post_id, draw(shape))
            if lines[-1].ending:
                connection.reason = connection.reason or f"fault_{struck[0].kind}"
            connection.put(lines)
        else:
            payload = drawn.get(shape) or drawn.setdefault(shape, encode(draw(shape)))
            connection.put([Line(payload, post_id)])
        if connection.late:
            connection.put(connection.late)
            connection.late = []

    def _apply(self, fault: Fault, connection: Connection) -> None:
        ends = self._clock.now() + float(fault.values["seconds"])
        if fault.kind == "silence":
            connection.silent_until = ends
        elif fault.kind == "slow_chunks":
            connection.slow_until = ends
            connection.slow_bytes = int(fault.values.get("bytes", connection.slow_bytes))
            connection.slow_pause = float(fault.values.get("pause_seconds", connection.slow_pause))
        elif fault.kind == "hold_slot":
            connection.hold_seconds = float(fault.values["seconds"])
        line = control_line(fault)
        if line:
            connection.reason = connection.reason or f"fault_{fault.kind}"
            connection.put([line])


def _fault_name(connection: Connection) -> str:
    return "stream" if connection.endpoint == "filtered_stream" else connection.endpoint
