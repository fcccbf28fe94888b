"""Distinct texts without payloads, for benchmarks."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b

from generator.authors import Crowd
from generator.language import write
from generator.scenario import Brand, Scenario
from generator.seeds import seeded
from generator.world import World, draw, regions, segments

_BRANDS = (
    Brand("moonkettle", "Moonkettle Coffee", "MoonkettleCo", "coffee"),
    Brand("skyvarn", "Skyvarn Air", "FlySkyvarn", "airline"),
    Brand("pellowire", "Pellowire Mobile", "PellowireHelp", "telecom"),
    Brand("oakmerrow", "Oakmerrow Bank", "OakmerrowBank", "bank"),
)
_MASKED = re.compile(r"[@#]\w+|https?://\S+|\S+@\S+|\d+|\s+")


def texts(n: int, seed: int = 0) -> Iterator[str]:
    """``n`` English texts that differ even without numbers, handles, links and letter case.

    Memory: one 8-byte digest (about 100 bytes in Python) per text; the texts are not kept.
    """
    ends_at = datetime(2026, 3, 1, tzinfo=UTC)
    world = World(Scenario("texts", seed, ends_at, 1, max(1, n), 4000, _BRANDS), segments({}), regions())
    crowd = Crowd(world)
    seen: set[bytes] = set()
    attempt = 0
    while len(seen) < n:
        attempt += 1
        rng = seeded(seed, "text", attempt)
        brand = attempt % len(_BRANDS)
        author = crowd.pick(rng, brand, rng.randrange(24))
        words = write(rng, _BRANDS[brand], author, draw(rng, author.segment.moods), length=1 + (rng.random() < 0.15))
        digest = blake2b(_MASKED.sub(" ", words.text).casefold().encode(), digest_size=8).digest()
        if words.lang == "en" and digest not in seen:
            seen.add(digest)
            yield words.text
