"""How long to wait before the next connection: X's advice for the cause, with jitter, within its connection limit."""

import random
from collections import deque
from dataclasses import dataclass

from pipelines.sources.x.causes import Cause
from pipelines.sources.x.failures import Failure

WINDOW_SECONDS = 900.0
_STABLE_SECONDS = 60.0
_JITTER = 0.25


@dataclass(frozen=True)
class Step:
    """Seconds to wait: `first`, then `add` more, or twice as many, each time, up to `most`."""

    first: float
    most: float
    add: float | None = None

    def seconds(self, repeats: int) -> float:
        """The wait after `repeats` earlier failures of this kind."""
        if self.add is not None:
            return min(self.most, self.first + self.add * repeats)
        return min(self.most, self.first * 2 ** min(repeats, 30))


NETWORK = Step(0.0, 16.0, add=0.25)
HTTP = Step(5.0, 320.0)
LIMITED = Step(60.0, 320.0)
STEPS = {
    Cause.DISCONNECTED: NETWORK,
    Cause.UNREACHABLE: NETWORK,
    Cause.SLOW_READER: NETWORK,
    Cause.X_FAILED: HTTP,
    Cause.CONFLICT: HTTP,
    Cause.RATE_LIMITED: LIMITED,
    Cause.TOO_MANY_CONNECTIONS: LIMITED,
}


class Backoff:
    """The waits of one stream; moments are seconds of one monotonic clock."""

    def __init__(self, max_connects: int, jitter: random.Random | None = None) -> None:
        self._connects: deque[float] = deque(maxlen=max_connects)
        self._jitter = jitter or random.Random()
        self._repeats: dict[Step, int] = {}

    def note_connect(self, moment: float) -> None:
        """Count an attempt against X's connection limit."""
        self._connects.append(moment)

    def until_allowed(self, moment: float) -> float:
        """Seconds until the connection limit allows another attempt."""
        if len(self._connects) < (self._connects.maxlen or 1):
            return 0.0
        return max(0.0, self._connects[0] + WINDOW_SECONDS - moment)

    def after(self, failure: Failure | None, lasted: float | None, reset_in: float | None = None) -> float:
        """Seconds to wait after a connection that lasted `lasted` seconds (None: there was none).

        `reset_in`: seconds until X's rate limit resets. `failure` is None when we ended the connection ourselves.
        """
        if lasted is not None and lasted >= _STABLE_SECONDS:
            self._repeats.clear()
        if failure is None:
            return 0.0
        step = STEPS.get(failure.cause, HTTP)
        repeats = self._repeats.get(step, 0)
        self._repeats[step] = repeats + 1
        wait = max(step.seconds(repeats), reset_in or 0.0)
        return wait * (1 + self._jitter.random() * _JITTER)
