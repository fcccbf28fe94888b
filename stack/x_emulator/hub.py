"""Open streams: the connections, what each was sent, and the occupied slots."""

import asyncio
import uuid
from array import array
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from stack.x_emulator.clock import Clock, iso
from stack.x_emulator.contract import Json
from stack.x_emulator.faults import Fault, FaultInjector, Line, control_line, spoiled
from stack.x_emulator.shapes import Shape
from stack.x_emulator.spell import encode


@dataclass
class Connection:
    """One stream, open or closed. Times are seconds of the emulator's clock."""

    endpoint: str
    client_ip: str
    shape: Shape | None
    partition: int
    opened_at: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sent: "array[int]" = field(default_factory=lambda: array("q"))
    """Ids of the posts whose complete line was sent, in order."""
    closed_at: float | None = None
    reason: str | None = None
    occupied_until: float = 0.0
    release_seconds: float = 0.0
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
        """The connection in the format of the Connections API."""
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
    """All connections since the start; delivers posts to the open ones."""

    def __init__(self, clock: Clock, faults: FaultInjector, max_waiting: int) -> None:
        self._clock, self._faults, self._max_waiting = clock, faults, max_waiting
        self.connections: dict[str, Connection] = {}
        self._live: list[Connection] = []

    def live(self, endpoint: str | None = None) -> list[Connection]:
        return [each for each in self._live if endpoint in (None, each.endpoint)]

    def taken(self, endpoint: str) -> list[Connection]:
        """Connections that occupy a slot: open ones, and closed ones whose slot X has not yet released."""
        now = self._clock.now()
        known = (each for each in self.connections.values() if each.endpoint == endpoint)
        return [each for each in known if each.closed_at is None or each.occupied_until > now]

    def open(self, connection: Connection) -> None:
        self.connections[connection.id] = connection
        self._live.append(connection)
        for fault in self._faults.trigger("connection", _fault_name(connection), limit=100):
            self._apply(fault, connection)

    def close(self, connection: Connection, reason: str, release_seconds: float = 0.0) -> None:
        if connection.closed_at is None:
            connection.closed_at, connection.reason = self._clock.now(), connection.reason or reason
            connection.occupied_until = connection.closed_at + max(release_seconds, connection.release_seconds)
            self._live.remove(connection)

    def end(self, connections: Iterable[Connection], reason: str) -> None:
        """End open streams as X does, and release all slots."""
        for each in connections:
            each.occupied_until, each.release_seconds = 0.0, 0.0
            if each.closed_at is None:
                each.reason = reason
                each.put([Line(b"", ending="end")])

    def trigger(self, fault: Fault) -> None:
        """Apply a fault of scope `connection` to the open connections; if there is none, the next one gets it."""
        triggered = [each for each in self._live if fault.on in ("*", _fault_name(each))]
        for connection in triggered:
            self._apply(fault, connection)
        if triggered:
            fault.left -= 1
            fault.triggered += 1

    def deliver(self, post_id: int, render: Callable[[Shape], Json]) -> None:
        """Send a post to every open filtered stream; `render` returns the JSON object of its line."""
        rendered: dict[Shape, bytes] = {}
        for connection in self._live:
            if connection.endpoint != "filtered_stream" or connection.shape is None:
                continue
            if connection.silent_until > self._clock.now():
                connection.lost += 1
                continue
            self._send(connection, post_id, rendered, render)
            if len(connection.waiting) > self._max_waiting:
                connection.drop("slow_reader")

    def broadcast(self, endpoint: str, partition: int, document: Json) -> None:
        """Send an event to the compliance streams of its partition."""
        for connection in self.live(endpoint):
            if connection.partition == partition:
                connection.put([Line(encode(document))])

    def _send(
        self, connection: Connection, post_id: int, rendered: dict[Shape, bytes], render: Callable[[Shape], Json]
    ) -> None:
        shape = connection.shape
        assert shape is not None
        triggered = self._faults.trigger("line", "stream")
        if triggered and triggered[0].kind == "disorder":
            connection.late.append(Line(encode(render(shape)), post_id))
            return
        if triggered:
            lines = spoiled(triggered[0].kind, post_id, render(shape))
            if lines[-1].ending:
                connection.reason = connection.reason or f"fault_{triggered[0].kind}"
            connection.put(lines)
        else:
            payload = rendered.get(shape) or rendered.setdefault(shape, encode(render(shape)))
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
        elif fault.kind == "occupied_slot":
            connection.release_seconds = float(fault.values["seconds"])
        line = control_line(fault)
        if line:
            connection.reason = connection.reason or f"fault_{fault.kind}"
            connection.put([line])


def _fault_name(connection: Connection) -> str:
    return "stream" if connection.endpoint == "filtered_stream" else connection.endpoint
