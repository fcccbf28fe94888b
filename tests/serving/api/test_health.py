"""Health, and what happens while the document store is stopped."""

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.test import Client, override_settings

from conf.settings import Settings, load_settings
from serving.settings import build
from stack import store
from stack.processes import end, free_port, spawn, wait_until
from tests.serving.conftest import ClientOf
from tests.serving.documents import a_segment, publish

SEGMENTS = "/api/v1/brands/skyvarn/segments"


class OwnStore:
    """A document store of the test's own, which it may stop."""

    def __init__(self, home: Path) -> None:
        self.port, self._home = free_port(), home
        self.settings: Settings = build(
            load_settings(
                overrides={
                    "home": str(home),
                    "mongodb": {"uri": store.address(self.port)["uri"]},
                    "serving": {"store_timeout_seconds": 1},
                }
            )
        )["BRANDPULSE"]

    def start(self) -> None:
        command = store.command(self._home, self.settings, self.port, "-Dbrandpulse.test=health")
        self._process = psutil.Process(spawn(command, self._home / "store.log").pid)
        assert wait_until(lambda: store.answers(self.port), 60)

    def stop(self) -> None:
        end([self._process], 20)

    def pause(self) -> None:
        """Stop every thread; the signal alone leaves them some more steps."""
        self._process.suspend()
        threads = list(Path(f"/proc/{self._process.pid}/task").glob("*/stat"))
        assert wait_until(lambda: {each.read_text().rpartition(") ")[2][0] for each in threads} == {"T"}, 10)

    def resume(self) -> None:
        self._process.resume()


@pytest.fixture
def own_store(database: None, tmp_path: Path) -> Iterator[OwnStore]:
    own = OwnStore(tmp_path)
    own.start()
    with override_settings(BRANDPULSE=own.settings):
        yield own
    own.stop()


def test_health_is_open_to_everybody(served: Settings) -> None:
    response = Client().get("/api/v1/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_without_the_store_the_answer_is_503_until_it_is_back(own_store: OwnStore, client_of: ClientOf) -> None:
    publish(own_store.settings, "segments", 1, a_segment())
    client = client_of()
    assert client.get(SEGMENTS).status_code == 200
    own_store.stop()
    for path in (SEGMENTS, "/api/v1/health", f"{SEGMENTS}.csv", "/metrics"):
        began = time.monotonic()
        response = client.get(path)
        assert (response.status_code, response["Retry-After"]) == (503, "5"), path
        assert response["Content-Type"] == "application/problem+json"
        assert time.monotonic() - began < 10
    assert client.get("/api/v1/session").status_code == 200
    own_store.start()
    assert wait_until(lambda: bool(client.get("/api/v1/health").status_code == 200), 30)
    assert client.get(SEGMENTS).json()["data"][0]["segment_id"] == "s01"


def test_a_store_that_does_not_answer_is_unavailable_too(own_store: OwnStore, client_of: ClientOf) -> None:
    client = client_of()
    assert client.get(SEGMENTS).status_code == 200
    own_store.pause()
    try:
        assert client.get(SEGMENTS).status_code == 503
    finally:
        own_store.resume()
    assert wait_until(lambda: bool(client.get(SEGMENTS).status_code == 200), 30)


def test_an_embedded_stack_that_was_never_started_is_unavailable(database: None, tmp_path: Path) -> None:
    absent = load_settings(overrides={"home": str(tmp_path), "stack_home": str(tmp_path / "none")})
    with override_settings(BRANDPULSE=build(absent)["BRANDPULSE"]):
        assert Client().get("/api/v1/health").status_code == 503
