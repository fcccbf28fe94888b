"""The attack on live sentiment: what did the one tweet say that arrived between two published values?

A burst of tweets by many authors is followed by single ones, a little further apart than the sentiment is renewed:
nothing else changes between two values. The attacker knows everybody's scores and how many authors are in the window.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch

from benchmarks.reidentification.attacks import Person, find_named
from benchmarks.reidentification.trials import summarise_trials
from benchmarks.reidentification.viewer import Viewer
from conf.settings import Settings
from models.privacy.limits import K
from models.trends import live
from models.trends.live import LiveBrand, Seen
from pipelines.sinks.mongo_live import replace_newer
from pipelines.trends.publish_live import NAME

ROUNDS, BURST, SEED = 10, 130, 20261130
EXACT = 1e-9
LAG = timedelta(seconds=2)
APART = timedelta(seconds=live.SENTIMENT_SECONDS + 1)
SINGLE = (live.WINDOWS[0] * 60) // (live.SENTIMENT_SECONDS + 1) - 1
"""Single tweets until the burst leaves the shortest window."""
START = datetime(2026, 6, 1, 12, 0, 0, 500_000, tzinfo=UTC)
Silver = list[dict[str, Any]]


def try_changes(settings: Settings, viewer: Viewer, week: Silver, *, is_protected: bool) -> dict[str, float]:
    """How often the attacker finds the author of a single tweet, by its score or its time."""
    rng, linked = Random(SEED), 0
    scores = {row["author_key"]: row["sentiment"]["score"] for row in week}
    with protection(is_protected) as k:
        for number in range(ROUNDS):
            authors = rng.sample(sorted(scores), BURST + SINGLE)
            served = list(publish_round(settings, viewer, f"round-{number}-{k}", authors, scores, k))
            for place in range(1, len(served)):
                others = [scores[key] for key in scores.keys() - set(authors[: BURST + place - 1])]
                right = scores[authors[BURST + place - 1]]
                fits = [score for score in others if _explains(served[place - 1], served[place], BURST + place, score)]
                author = Person(authors[BURST + place - 1], (), {}, (), (moment_of(place),))
                linked += fits == [right] or bool(find_named([served[place]], [author]))
    return summarise_trials(ROUNDS * SINGLE, linked)


def publish_round(
    settings: Settings, viewer: Viewer, brand: str, authors: Sequence[str], scores: dict[str, float], k: int
) -> Iterator[dict[str, Any]]:
    """What is served after the burst, and after each of the single tweets."""
    live_brand = LiveBrand()
    live_brand.add(Seen(START, START, key, scores[key]) for key in authors[:BURST])
    for place, key in enumerate([None, *authors[BURST:]]):
        at = moment_of(place)
        if key is not None:
            live_brand.add([Seen(at, at, key, scores[key])])
        replace_newer(settings, NAME, [live_brand.document(brand, at + LAG, k)])
        yield viewer.read_live(brand)


def moment_of(place: int) -> datetime:
    """When the single tweet with that number arrives, the first is 1."""
    return START + place * APART


def _explains(old: dict[str, Any], new: dict[str, Any], count: int, score: float) -> bool:
    """Whether a tweet with this score, by the `count`-th author, explains the two values."""
    before, after = old["sentiment"], new["sentiment"]
    if before is None or after is None:
        return True
    slack = live.STEP / 2 * (2 * count - 1) + 1e-6
    return abs(count * after - (count - 1) * before - score) <= slack


@contextmanager
def protection(is_on: bool) -> Iterator[int]:
    """The number of authors that a sentiment needs; off: of one, exact, and renewed at any time."""
    with ExitStack() as patches:
        for name, value in {"STEP": EXACT, "SENTIMENT_SECONDS": 0}.items() if not is_on else ():
            patches.enter_context(patch.object(live, name, value))
        yield K if is_on else 1
