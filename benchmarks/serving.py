"""How fast does the API answer, compared with a bare Django view that returns the same bytes?

    python -m benchmarks.serving [--profiles 100000] [--seconds 5]

The API's own server runs on the embedded document store, in which that many profiles of one brand and eight weeks of
its trends are published. Eight clients ask it without a pause: for one profile, each time another one; for a page of 50
profiles, each time another part of the list; for the brand's summary. They ask the bare view (`benchmarks.bare_view`)
for the bytes of one such answer, before and after, so that drift of the machine cancels out. All that a request does is
measured: token, throttle, audit entry, and both ends of the connection, because clients and servers share the cores.
Then a browser alone opens three pages: when each first shows its content, and when its charts are drawn.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.first_paint import measure_first_paint
from benchmarks.harness import bench_stack, environment, job, save, wait_for
from conf.mongodb import store_address
from conf.settings import Settings
from pipelines.sinks.mongo import Document, flip_pointer, open_client, write_documents
from runtime.resources import PROJECT
from serving.readers import profiles, trends
from serving.settings import set_up
from serving.wsgi import prepare_database
from stack.processes import LOOPBACK, free_port, listens

CLIENTS, PATHS = 8, 1000
BRAND, RUN, AS_OF = "skyvarn", 1, datetime(2026, 6, 1, tzinfo=UTC)
USER, PASSWORD = "analyst", "only for this measurement"
PAGES = {"overview": "", "sentiment": "/sentiment", "profiles": "/profiles?purpose=benchmark"}
WEEKS = 8
NO_LIMIT = {"requests_per_minute": 10**9, "anonymous_requests_per_minute": 10**9}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profiles", type=int, default=100_000, help="published profiles (default: 100000)")
    parser.add_argument("--seconds", type=float, default=5, help="of each of the measurements (default: 5)")
    flags = parser.parse_args()
    ports = {"api": free_port(), "bare": free_port()}
    with bench_stack(serving={"port": ports["api"]} | NO_LIMIT) as (settings, overlay):
        headers = {"Authorization": f"Bearer {make_token(settings)}"}
        publish_all(settings, flags.profiles)
        with serve(settings, ports["api"], job("serve_dashboard", overlay)):
            routes = choose_paths(flags.profiles)
            folder = save_answers(settings.home / "answers", ports["api"], headers, routes)
            bare = settings.home / "bare.yaml"
            bare.write_text(json.dumps(json.loads(overlay.read_text("utf-8")) | {"serving": {"port": ports["bare"]}}))
            command = [sys.executable, "-m", "benchmarks.bare_view", str(bare), str(folder)]
            with serve(settings, ports["bare"], command), clients() as pool:
                figures = {
                    name: compare(pool, ports, name, paths, headers, flags.seconds) for name, paths in routes.items()
                }
            pages = {name: f"/brands/{BRAND}{path}" for name, path in PAGES.items()}
            paints = measure_first_paint(f"http://{LOOPBACK}:{ports['api']}", USER, PASSWORD, pages)
    save("serving", {"routes": figures, "clients": CLIENTS, "profiles": flags.profiles, "pages": paints})
    for name, found in figures.items():
        print(
            f"{name}: {found['per_second']:.0f} requests/s, the bare view {found['bare_per_second']:.0f}, ratio "
            f"{found['ratio']:.2f}; p50 {found['p50_ms']:.0f} ms, p99 {found['p99_ms']:.0f} ms, the bare view's p99 "
            f"{found['bare_p99_ms']:.0f} ms"
        )
    for name, times in paints.items():
        print(
            f"page {name}: first paint after {times['paint_ms']:.0f} ms (slowest {times['slowest_paint_ms']:.0f} ms), "
            f"charts drawn after {times['drawn_ms']:.0f} ms"
        )
    return 0


def make_token(settings: Settings) -> str:
    """The token of an analyst of the brand."""
    set_up(settings)
    prepare_database(settings)
    from serving.accounts.changes import create_token, create_user, grant_role
    from serving.accounts.roles import Role, Scope

    user = create_user(USER, PASSWORD)
    grant_role(user, Role.ANALYST, BRAND)
    return create_token(user, "benchmark", list(Scope))[1]


def publish_all(settings: Settings, count: int) -> None:
    from serving.api.profiles import EXAMPLE as PROFILE
    from serving.api.trends import EXAMPLE as TREND

    keys = ({"author_key": author_key(number), "last_tweet_at": AS_OF} for number in range(count))
    publish(settings, profiles.NAME, (PROFILE | key | {"_id": f"{BRAND}:{key['author_key']}"} for key in keys))
    starts = [
        (window, AS_OF - timedelta(hours=hours * number))
        for window, hours in trends.HOURS.items()
        for number in range(1, WEEKS * 168 // hours + 1)
    ]
    windows = (
        TREND
        | {"window": window, "started_at": at, "ended_at": at + timedelta(hours=trends.HOURS[window])}
        | {"_id": f"{BRAND}:{window}:{at:%Y-%m-%dT%HZ}"}
        for window, at in starts
    )
    publish(settings, trends.NAME, windows)


def publish(settings: Settings, name: str, documents: Iterable[Document]) -> None:
    """Publish a snapshot as the pipeline does, without Spark."""
    address, collection = store_address(settings), f"{name}__{RUN}"
    write_documents(address, collection, settings.mongodb.batch_size, iter(documents))
    pointer = {"collection": collection, "run": RUN, "count": 0, "checksum": "", "as_of": AS_OF}
    with open_client(address) as client:
        flip_pointer(client[address.database], settings, address, name, pointer)


def author_key(number: int) -> str:
    return f"{number:064x}"


def choose_paths(count: int) -> dict[str, list[str]]:
    """By route, the paths that are asked for in turn."""
    rng, base = Random(0), f"/api/v1/brands/{BRAND}"
    drawn = [author_key(rng.randrange(count)) for _ in range(PATHS)]
    # A page after the last key would be empty.
    before = [author_key(rng.randrange(max(count - 50, 1))) for _ in range(PATHS)]
    return {
        "profile": [f"{base}/profiles/{key}" for key in drawn],
        "page": [f"{base}/profiles?limit=50&cursor={RUN}~{BRAND}:{key}" for key in before],
        "summary": [f"{base}/summary"],
    }


def save_answers(folder: Path, port: int, headers: dict[str, str], routes: dict[str, list[str]]) -> Path:
    """The first answer of each route, as a file."""
    folder.mkdir()
    connection = HTTPConnection(LOOPBACK, port)
    for name, paths in routes.items():
        (folder / name).write_bytes(fetch(connection, paths[0], headers))
    return folder


def compare(
    pool: ProcessPoolExecutor,
    ports: dict[str, int],
    name: str,
    paths: Sequence[str],
    headers: dict[str, str],
    seconds: float,
) -> dict[str, float]:
    """Rates and latencies of the API's route, and of the bare view with the same bytes, measured by turns."""
    asked = {"bare": [f"/{name}"], "api": paths}
    found: dict[str, list[float]] = {"bare": [], "api": []}
    for server in ("bare", "api", "api", "bare"):
        parts = [asked[server][client::CLIENTS] or asked[server] for client in range(CLIENTS)]
        waits = [pool.submit(ask, ports[server], part, headers, seconds) for part in parts]
        found[server] += [wait for each in waits for wait in each.result()]
    rate, bare_rate = (len(found[server]) / (2 * seconds) for server in ("api", "bare"))
    percentiles = {
        f"{prefix}p{percent}_ms": float(np.percentile(found[server], percent)) * 1000
        for server, prefix in (("api", ""), ("bare", "bare_"))
        for percent in (50, 99)
    }
    return {"per_second": rate, "bare_per_second": bare_rate, "ratio": rate / bare_rate} | percentiles


def ask(port: int, paths: Sequence[str], headers: dict[str, str], seconds: float) -> list[float]:
    """Ask for the paths in turn for so long; the seconds of each answer."""
    connection, found = HTTPConnection(LOOPBACK, port), []
    end = time.perf_counter() + seconds
    for path in cycle(paths):
        started = time.perf_counter()
        if started >= end:
            break
        fetch(connection, path, headers)
        found.append(time.perf_counter() - started)
    connection.close()
    return found


def fetch(connection: HTTPConnection, path: str, headers: dict[str, str]) -> bytes:
    """The answer's body; RuntimeError unless it is 200."""
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status} {body[:200]!r}")
    return body


@contextmanager
def serve(settings: Settings, port: int, command: list[str]) -> Iterator[None]:
    """Run the server until the block ends."""
    process = subprocess.Popen(command, cwd=PROJECT, env=environment(settings), stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: listens(port), process, 60)
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def clients() -> Iterator[ProcessPoolExecutor]:
    """As many processes as there are clients, started before anything is measured."""
    with ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn")) as pool:
        list(pool.map(time.sleep, [0.5] * CLIENTS))
        yield pool


if __name__ == "__main__":
    sys.exit(main())
