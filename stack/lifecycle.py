"""Start, stop and inspect the embedded stack of one home folder; `<home>/state.json` records its ports and pids.

The broker and the store always belong to it, the X emulator only if requested.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from conf.settings import Settings, load_settings
from runtime.errors import ServiceUnavailable, UsageError
from stack import broker, store
from stack.processes import end, find, free_port, is_free, last_lines, mark, spawn, wait_until
from stack.x_emulator import service as x

START_SECONDS = 180
STOP_SECONDS = 20
State = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Service:
    """One program of the stack: its command, its address, and its checks."""

    name: str
    command: Callable[[Path, Settings, int, str], list[str]]
    address: Callable[[int], dict[str, str]]
    answers: Callable[[int], bool]
    is_ready: Callable[[Settings, int], bool]


SERVICES = tuple(
    Service(each.NAME, each.command, each.address, each.answers, each.is_ready) for each in (broker, store)
)


def x_service(options: str = "") -> Service:
    """The X emulator with options of `python -m stack.x_emulator`."""
    return Service(x.NAME, x.command(options), x.address, x.answers, x.is_ready)


@dataclass(frozen=True)
class Endpoints:
    """The addresses of the stack: `kafka` as host:port, `mongodb` as a URI, `x` as a base URL if it runs."""

    kafka: str
    mongodb: str
    x: str | None = None


@dataclass(frozen=True)
class ServiceStatus:
    name: str
    address: str | None
    pid: int | None
    started_at: float | None
    """Seconds since 1970, UTC."""
    answers: bool


def start(
    home: Path,
    settings: Settings | None = None,
    *,
    kafka_port: int | None = None,
    mongo_port: int | None = None,
    x_port: int | None = None,
    x_options: str | None = None,
) -> Endpoints:
    """Start the services that do not run, on the ports of the last start, and wait until all answer. Idempotent.

    `x_options`: start the X emulator too, with these options; one that already runs is left alone.
    Raises MissingPrerequisite without Java or jars, UsageError for a port that another program uses,
    ServiceUnavailable with the last log lines if a service does not start.
    """
    home, settings = home.resolve(), settings or load_settings()
    wanted = {broker.NAME: kafka_port, store.NAME: mongo_port, x.NAME: x_port}
    services = SERVICES if x_options is None else (*SERVICES, x_service(x_options))
    with _locked(home):
        for service in services:
            _launch(home, settings, service, wanted[service.name])
        for service in services:
            ready = _becomes_ready(home, settings, service)
            if not ready and not find(mark(home, service.name)):
                # Another program may have taken a port between the check and its use: try once more.
                _launch(home, settings, service, wanted[service.name])
                ready = _becomes_ready(home, settings, service)
            if not ready:
                _give_up(home, service)
        state = _read(home)
    return Endpoints(state["kafka"]["bootstrap_servers"], state["mongodb"]["uri"], x_address(home))


def x_address(home: Path) -> str | None:
    """The base URL of this home's X emulator, or None if it does not run."""
    home = home.resolve()
    return _read(home)[x.NAME]["base_url"] if find(mark(home, x.NAME)) else None


def stop(home: Path) -> list[str]:
    """Stop the stack of this home and return the names of the services that ran; data and ports are kept."""
    home = home.resolve()
    if not home.is_dir():
        return []
    with _locked(home):
        running = {service.name: find(mark(home, service.name)) for service in (*SERVICES, x_service())}
        end([process for process in running.values() if process], STOP_SECONDS)
        state = _read(home)
        for service in state.values():
            service.update(pid=None, started_at=None)
        _write(home, state)
    return [name for name, process in running.items() if process]


def delete_data(home: Path) -> None:
    """Delete the data of the broker and the store, which must be stopped; ports, secrets and logs are kept."""
    for service in (broker, store):
        shutil.rmtree(service.data_folder(home), ignore_errors=True)


def status(home: Path) -> list[ServiceStatus]:
    """Return each service's pid (None if it does not run) and whether it answers a client."""
    home = home.resolve()
    is_x_wanted = _read(home).get(x.NAME, {}).get("pid") is not None
    return [_inspect(home, service) for service in (*SERVICES, *((x_service(),) if is_x_wanted else ()))]


def missing(home: Path) -> list[str]:
    """Return the names of the services that do not run, by the process table alone, without a client call."""
    return [service.name for service in SERVICES if find(mark(home.resolve(), service.name)) is None]


def _inspect(home: Path, service: Service) -> ServiceStatus:
    known = _read(home).get(service.name)
    process = find(mark(home, service.name))
    address = next(iter(service.address(known["port"]).values())) if known else None
    answers = bool(known and process and service.answers(known["port"]))
    return ServiceStatus(
        service.name, address, process.pid if process else None, process.create_time() if process else None, answers
    )


def _launch(home: Path, settings: Settings, service: Service, wanted: int | None) -> None:
    state = _read(home)
    known: int | None = state.get(service.name, {}).get("port")
    port = wanted or known or free_port()
    process = find(mark(home, service.name))
    if process and port == known:
        return
    if process:
        end([process], STOP_SECONDS)
    if not wait_until(lambda: is_free(port), 5):
        flag = {broker.NAME: "--kafka-port", store.NAME: "--mongo-port", x.NAME: "--x-port"}[service.name]
        raise UsageError(
            f"port {port} for {service.name} is in use by another program; free it or choose another with {flag}"
        )
    command = service.command(home, settings, port, mark(home, service.name))
    child = spawn(command, _log(home, service))
    # Until exec has finished, the command line is not readable.
    wait_until(lambda: child.poll() is not None or find(mark(home, service.name)) is not None, 5)
    state[service.name] = {**service.address(port), "port": port, "pid": child.pid, "started_at": time.time()}
    _write(home, state)


def _becomes_ready(home: Path, settings: Settings, service: Service) -> bool:
    """Wait until the service is ready; False if it ends or does not answer in time."""
    port: int = _read(home)[service.name]["port"]
    ends = time.monotonic() + START_SECONDS
    ready = False
    while not ready and find(mark(home, service.name)) and time.monotonic() < ends:
        ready = wait_until(lambda: service.is_ready(settings, port), 1)
    return ready


def _give_up(home: Path, service: Service) -> NoReturn:
    """End a service that does not answer. Raises ServiceUnavailable with the last lines of its log."""
    port: int = _read(home)[service.name]["port"]
    process = find(mark(home, service.name))
    if process:
        end([process], STOP_SECONDS)
    why = f"did not answer on port {port} within {START_SECONDS} s" if process else "ended while starting"
    log = _log(home, service)
    raise ServiceUnavailable(f"the embedded {service.name} {why}; the last lines of {log}:\n{last_lines(log)}")


def _log(home: Path, service: Service) -> Path:
    return home / "logs" / f"{service.name}.log"


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Take the home's lock: of two concurrent commands the second waits for the first."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(home: Path) -> State:
    try:
        state: State = json.loads((home / "state.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return state


def _write(home: Path, state: State) -> None:
    draft = home / "state.json.new"
    draft.write_text(json.dumps(state, indent=2) + "\n", "utf-8")
    os.replace(draft, home / "state.json")


def as_json(statuses: list[ServiceStatus]) -> str:
    return json.dumps({each.name: asdict(each) for each in statuses}, indent=2)
