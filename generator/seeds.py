"""Reproducible randomness: random generators seeded by their purpose; ids that contain their time."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from random import Random

SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
"""First millisecond of X's snowflake ids (4 November 2010)."""

LOW_BITS = 22


def seeded(*parts: str | int) -> Random:
    """A random generator that depends on ``parts`` alone, on every machine and in every process."""
    name = "\x1f".join(str(part) for part in parts).encode()
    return Random(int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big"))


def snowflake(at_ms: int, low: int) -> int:
    """The id of an object created at ``at_ms`` (Unix milliseconds); ``low`` are its low 22 bits."""
    return ((at_ms - SNOWFLAKE_EPOCH_MS) << LOW_BITS) | (low & ((1 << LOW_BITS) - 1))


def iso(at_ms: int) -> str:
    """``2026-03-01T09:30:00.000Z``, the format of every time in a v2 payload."""
    minute, rest = divmod(at_ms, 60_000)
    return f"{_minute(minute)}{rest // 1000:02d}.{rest % 1000:03d}Z"


@lru_cache(maxsize=512)
def _minute(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%M:}"


def lognormal(rng: Random, median: float, sigma: float) -> float:
    """A heavy-tailed size with the given median."""
    return median * rng.lognormvariate(0.0, sigma)


def poisson(rng: Random, mean: float, maximum: int = 400) -> int:
    """A Poisson-distributed count by Knuth's product of uniforms, at most ``maximum``."""
    if mean <= 0:
        return 0
    if mean > 30:
        return min(maximum, max(0, round(rng.gauss(mean, mean**0.5))))
    limit, product, count = 2.718281828459045**-mean, rng.random(), 0
    while product > limit and count < maximum:
        product *= rng.random()
        count += 1
    return count
