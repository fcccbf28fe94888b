"""What a collector tells of itself once a second: for metrics, and for `jobs/collector_status.py`."""

import json
import os
from array import array
from collections import Counter
from dataclasses import asdict, dataclass, field

from pipelines.sources.collector.store import Store, save_note

_KEPT = 20_000


@dataclass(frozen=True)
class State:
    """One moment. Times are Unix seconds, counts since the start of the process; lags and latencies in seconds.

    `lag` is the age of the newest tweet that Kafka acknowledged; a latency is that of one record from the socket to its
    acknowledgement, of the last 20,000.
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
    """The last 20,000 latencies; constant size."""

    def __init__(self) -> None:
        self._ring = array("d", bytes(8 * _KEPT))
        self._count = 0

    def add(self, seconds: float) -> None:
        """Note one."""
        self._ring[self._count % _KEPT] = seconds
        self._count += 1

    def percentile(self, share: float) -> float:
        """The latency that this share of records stays below; 0 when there are none."""
        kept = sorted(self._ring[: min(self._count, _KEPT)])
        return kept[min(len(kept) - 1, int(share * len(kept)))] if kept else 0.0


def save_state(store: Store, state: State) -> None:
    """Replace what is known of this source's collector."""
    save_note(store, f"state:{state.source}", asdict(state))


def read_states(store: Store) -> list[State]:
    """The last word of each source's collector, also of those that ended."""
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
    """A copy to keep."""
    return dict(sorted(endings.items()))
