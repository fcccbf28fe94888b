"""The emulator in this process, on a thread and a free port, for tests."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from runtime.errors import UsageError
from runtime.resources import PROJECT
from stack.x_emulator.app import build_app
from stack.x_emulator.client import EmulatorAdmin
from stack.x_emulator.options import Credentials, Options
from stack.x_emulator.player import Player
from stack.x_emulator.readers import Item, read_archive, read_generator
from stack.x_emulator.world import World

LOOPBACK = "127.0.0.1"
DEFAULT_SCENARIO = PROJECT / "generator" / "scenarios" / "demo.yaml"
START_SECONDS = 10
LOOK_SECONDS = 0.01
STOP_SECONDS = 2
Source = Callable[[], Iterable[Item]]


@dataclass(frozen=True)
class Running:
    """A running emulator."""

    base_url: str
    credentials: Credentials
    admin: EmulatorAdmin


@contextmanager
def serve(
    options: Options | None = None, source: Source | Path | None = None, credentials: Credentials | None = None
) -> Iterator[Running]:
    """Run an emulator until the block ends. `source`: a function yielding items, an archive or a scenario (.yaml)."""
    options, credentials = options or Options(), credentials or Credentials()
    listener = listen(0)
    server = build_server(options, credentials, source or DEFAULT_SCENARIO)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="x-emulator", daemon=True)
    thread.start()
    ends = time.monotonic() + START_SECONDS
    while not server.started and thread.is_alive() and time.monotonic() < ends:
        time.sleep(0.005)
    base_url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    try:
        yield Running(base_url, credentials, EmulatorAdmin(base_url))
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()


def listen(port: int) -> socket.socket:
    """A listening socket on loopback. Raises UsageError if the port cannot be used."""
    # asyncio sets TCP_NODELAY only on sockets with this protocol number; without it each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        raise UsageError(f"port {port} cannot be used: {error.strerror}; choose another with --port") from None
    listener.listen()
    return listener


class Server(uvicorn.Server):
    """A server that breaks open streams at shutdown instead of waiting for them."""

    def __init__(self, config: uvicorn.Config, world: World, player: Player) -> None:
        super().__init__(config)
        self._world, self.player = world, player

    async def main_loop(self) -> None:
        """Check for shutdown ten times as often as uvicorn does, without renewing headers that are not used."""
        while not self.should_exit:
            await asyncio.sleep(LOOK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in self._world.hub.live():
            connection.drop("server_shutdown")
        await super().shutdown(sockets)


def build_server(options: Options, credentials: Credentials, source: Source | Path) -> Server:
    """The server, not yet started; its app plays `source`. Raises BadInput if that is needed at once but unreadable."""
    logging.getLogger("uvicorn.error").addFilter(_is_relevant)
    world = World(options, credentials)
    player = Player(world, source_of(source, options.templates), options.rate, options.templates)
    if options.rate > 0:
        player.load()
    config = uvicorn.Config(
        build_app(world, player),
        host=LOOPBACK,
        log_config=None,
        access_log=False,
        http="h11",
        ws="none",
        lifespan="on",
        date_header=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return Server(config, world, player)


def _is_relevant(record: logging.LogRecord) -> bool:
    """False for uvicorn's error about incomplete responses: here connections are broken on purpose."""
    return "returned without completing response" not in record.getMessage()


def source_of(source: Source | Path, tweets: int) -> Source:
    if not isinstance(source, Path):
        return source
    if source.suffix in (".yaml", ".yml"):
        return lambda: read_generator(source, tweets)
    return lambda: read_archive(source)
