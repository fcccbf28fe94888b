"""Chance that repeats: generators seeded by what they are for, and ids that carry their time."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from random import Random

SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
"""First millisecond of X's snowflake ids (4 November 2010)."""

LOW_BITS = 22


def seeded(*parts: str | int) -> Random:
    """A generator that depends on ``parts`` alone, on every machine and in every process."""
    name = "\x1f".join(str(part) for part in parts).encode()
    return Random(int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big"))


def snowflake(at_ms: int, low: int) -> int:
    """The id of something made at ``at_ms`` (Unix milliseconds), told apart by the low 22 bits."""
    return ((at_ms - SNOWFLAKE_EPOCH_MS) << LOW_BITS) | (low & ((1 << LOW_BITS) - 1))


def iso(at_ms: int) -> str:
    """``2026-03-01T09:30:00.000Z``, the form of every time in a v2 payload."""
    minute, rest = divmod(at_ms, 60_000)
    return f"{_minute(minute)}{rest // 1000:02d}.{rest % 1000:03d}Z"


@lru_cache(maxsize=512)
def _minute(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%M:}"


def lognormal(rng: Random, median: float, sigma: float) -> float:
    """A heavy-tailed size around ``median``."""
    return median * rng.lognormvariate(0.0, sigma)


def poisson(rng: Random, mean: float, most: int = 400) -> int:
    """How many of something rare happen; Knuth's product of uniforms, cut at ``most``."""
    if mean <= 0:
        return 0
    if mean > 30:
        return min(most, max(0, round(rng.gauss(mean, mean**0.5))))
    limit, product, count = 2.718281828459045**-mean, rng.random(), 0
    while product > limit and count < most:
        product *= rng.random()
        count += 1
    return count
