"""What a collector reports about itself once per second: for metrics and for `jobs/collector_status.py`."""

import json
import os
from array import array
from collections import Counter
from dataclasses import asdict, dataclass, field

from pipelines.sources.collector.store import Store, save_note

_STORED_LATENCIES = 20_000


@dataclass(frozen=True)
class State:
    """One moment of a collector. Times are Unix seconds, counts since the start of the process; lags in seconds.

    `lag` is the age of the newest tweet that Kafka acknowledged; latencies run from the socket to the acknowledgement,
    over the last 20,000 records.
    """

    pid: int
    source: str
    started_at: float
    written_at: float
    is_connected: bool
    received: int
    received_bytes: int
    delivered: int
    repaired: int = 0
    waiting: int = 0
    waiting_bytes: int = 0
    under_way: int = 0
    connects: int = 0
    rate: float = 0.0
    lag: float = 0.0
    latency_p50: float = 0.0
    latency_p99: float = 0.0
    endings: dict[str, int] = field(default_factory=dict)


class Latencies:
    """The last 20,000 latencies, in constant memory."""

    def __init__(self) -> None:
        self._ring = array("d", bytes(8 * _STORED_LATENCIES))
        self._count = 0

    def add(self, seconds: float) -> None:
        self._ring[self._count % _STORED_LATENCIES] = seconds
        self._count += 1

    def percentile(self, share: float) -> float:
        """The latency below which this share of records stays; 0 when there are none."""
        latencies = sorted(self._ring[: min(self._count, _STORED_LATENCIES)])
        return latencies[min(len(latencies) - 1, int(share * len(latencies)))] if latencies else 0.0


def save_state(store: Store, state: State) -> None:
    """Replace the state of this source's collector."""
    save_note(store, f"state:{state.source}", asdict(state))


def read_states(store: Store) -> list[State]:
    """The last state of each source's collector, ended ones included."""
    rows = store.rows("SELECT value FROM notes WHERE name LIKE 'state:%' ORDER BY name")
    return [State(**json.loads(row["value"])) for row in rows]


def is_alive(pid: int) -> bool:
    """True while the process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def counted(endings: Counter[str]) -> dict[str, int]:
    """A sorted copy."""
    return dict(sorted(endings.items()))
