"""The body of a stream: chunked lines, keep-alives, gzip with a sync flush, and its end."""

import asyncio
import zlib
from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from stack.x_emulator.clock import Clock
from stack.x_emulator.faults import Line
from stack.x_emulator.hub import Connection

KEEP_ALIVE = b"\r\n"
GZIP_BITS = 31
GZIP_LEVEL = 4


class StreamResponse:
    """An ASGI response that lasts as long as the connection; calls `on_end(reason)` once at its end."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        keep_alive_seconds: float,
        headers: list[tuple[str, str]],
        on_end: Callable[[str], None],
        *,
        is_zipped: bool,
    ) -> None:
        self._connection, self._clock, self._on_end = connection, clock, on_end
        self._keep_alive = keep_alive_seconds
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers]
        self._zip = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_BITS) if is_zipped else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write until the stream ends or the client disconnects; no last chunk means a broken connection."""
        writer = asyncio.create_task(self._write(send))
        tasks: list[asyncio.Task[None]] = [
            writer,
            asyncio.create_task(_until_disconnected(receive)),
            asyncio.create_task(self._until_dropped()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reason = "server_disconnect" if writer.done() else "client_disconnect"
            for task in tasks:
                task.cancel()
            self._on_end(self._connection.reason or reason)
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self._all_headers()})
        while True:
            lines = await self._next()
            whole: list[Line] = []
            for line in lines:
                whole.append(line)
                if line.ending:
                    break
            await self._send_lines(send, whole)
            ending = whole[-1].ending if whole else None
            if ending == "end":
                last = self._zip.flush() if self._zip else b""
                await send({"type": "http.response.body", "body": last, "more_body": False})
            if ending:
                return

    async def _next(self) -> list[Line]:
        """The waiting lines, or none when a keep-alive is due."""
        connection = self._connection
        if not connection.waiting:
            connection.wake.clear()
            try:
                await asyncio.wait_for(connection.wake.wait(), max(0.01, self._clock.real(self._keep_alive)))
            except TimeoutError:
                return []
        lines = list(connection.waiting)
        connection.waiting.clear()
        return lines

    async def _send_lines(self, send: Send, lines: list[Line]) -> None:
        connection = self._connection
        payload = b"".join(line.payload for line in lines)
        if not lines:
            payload = b"" if connection.silent_until > self._clock.now() else KEEP_ALIVE
        if payload and self._zip:
            payload = self._zip.compress(payload) + self._zip.flush(zlib.Z_SYNC_FLUSH)
        for piece in self._pieces(payload):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if len(piece) < len(payload):
                await asyncio.sleep(self._clock.real(connection.slow_pause))
        connection.sent.extend(line.post_id for line in lines if line.post_id is not None)

    def _pieces(self, payload: bytes) -> list[bytes]:
        size = self._connection.slow_bytes if self._connection.slow_until > self._clock.now() else len(payload)
        return [payload[start : start + size] for start in range(0, len(payload), max(1, size))]

    def _all_headers(self) -> list[tuple[bytes, bytes]]:
        found = [(b"content-type", b"application/json; charset=utf-8"), *self._headers]
        return [*found, (b"content-encoding", b"gzip")] if self._zip else found

    async def _until_dropped(self) -> None:
        await self._connection.dropped.wait()


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
