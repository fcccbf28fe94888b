"""Attacks that look for a person in the published data, by somebody who knows each person's exact figures.

The attacker knows the rounding rules (they are public), sees from the figures whether they were rounded, and links a
person only if nobody else fits. Four attacks: names and texts in the data; cells of few authors; figures that only one
person has; and the difference between what was published before and after the person left.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import floor, log10
from typing import Any

from models.privacy.limits import AMOUNT_DIGITS, ROUNDED_TO, SHARE_DECIMALS, K

Document = Mapping[str, Any]
AMOUNTS = {"followers_median": "followers_count", "tweets_per_author": "tweet_count"}
"""Medians over the authors of a cell, and the person's figure that each is computed from."""
MEANS = {
    "tweets_per_author": "tweet_count",
    "engagement_per_tweet": "engagement_per_tweet",
    **{
        name: name
        for name in (
            *("sentiment_mean", "subjectivity_mean", "reply_share", "quote_share", "retweet_share", "complaint_share"),
            "night_share",
        )
    },
}
"""Means over the authors of a cell, and the person's figure; those without an upper bound come first."""
UNBOUNDED = ("tweets_per_author", "engagement_per_tweet")
SUMS = {"tweet_count": "tweet_count"}
"""Sums over the authors of a cell, and the person's figure."""
WORDS_IN_A_ROW = 6
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True)
class Person:
    """A person known to the attacker: `names` are ids, handles and keys; `moments` the times of the tweets."""

    key: str
    names: tuple[str, ...]
    figures: Mapping[str, float | None]
    texts: tuple[str, ...] = ()
    moments: tuple[datetime, ...] = ()


def find_named(served: Sequence[Document], people: Sequence[Person]) -> set[str]:
    """People of whom a document contains a name, six consecutive words or the time of a tweet."""
    content = "\n".join(json.dumps(dict(each), default=str, ensure_ascii=False).lower() for each in served)
    moments = {each for document in served for each in _moments(document)}
    return {
        one.key
        for one in people
        if any(name.lower() in content for name in one.names)
        or any(phrase in content for text in one.texts for phrase in _phrases(text))
        or not moments.isdisjoint(map(_utc, one.moments))
    }


def find_in_small_cells(served: Iterable[Document], members: Mapping[str, Sequence[str]]) -> set[str]:
    """People in cells that are published with fewer than K authors; `members`: segment_id -> keys."""
    small = [each for each in served if each["author_count"] < K]
    return {key for each in small for key in members.get(each["segment_id"], ())}


def find_by_figure(served: Sequence[Document], people: Sequence[Person]) -> set[str]:
    """People who are the only ones with a published figure."""
    found = set()
    for name, own in AMOUNTS.items():
        values = [each[name] for each in served if each.get(name)]
        is_rounded = all(_digits(value) <= AMOUNT_DIGITS for value in values)
        for value in values:
            near = _half_unit(value) if is_rounded else 0.0
            fits = [one.key for one in people if _within(one.figures.get(own), value - near, value + near)]
            found |= set(fits) if len(fits) == 1 else set()
    return found


def find_by_difference(before: Sequence[Document], after: Sequence[Document], people: Sequence[Person]) -> set[str]:
    """People who must have left between two documents of one cell: of every mean, n m - (n - 1) m' bounds the person's
    figure; so does the difference of two sums.

    The attacker knows that at most one person left.
    """
    later = {each["segment_id"]: each for each in after}
    pairs = [(each, later[each["segment_id"]]) for each in before if each["segment_id"] in later]
    found = set()
    for old, new in pairs:
        if all(old.get(name) == new.get(name) for name in ("author_count", *MEANS, *SUMS)):
            continue
        bounds = [(own, _bounds(old, new, name)) for name, own in MEANS.items() if old.get(name) is not None]
        bounds += [(own, _sum_bounds(old, new, name)) for name, own in SUMS.items() if old.get(name) is not None]
        fits = [one.key for one in people if all(_within(one.figures.get(own), *each) for own, each in bounds)]
        found |= set(fits) if len(fits) == 1 else set()
    return found


def _bounds(old: Document, new: Document, name: str) -> tuple[float, float]:
    if new.get(name) is None:
        return float("-inf"), float("inf")
    count, is_rounded = old["author_count"], _is_rounded(old, new)
    widest = count + (ROUNDED_TO / 2 if is_rounded else 0)
    near = [0.0, 0.0]
    if is_rounded:
        near = [_half_unit(each[name]) if name in UNBOUNDED else 0.5 * 10**-SHARE_DECIMALS for each in (old, new)]
    middle = count * old[name] - (count - 1) * new[name]
    slack = (
        widest * sum(near) + (ROUNDED_TO / 2) * abs(old[name] - new[name]) * is_rounded + 1e-6 * max(1.0, abs(middle))
    )
    return middle - slack, middle + slack


def _sum_bounds(old: Document, new: Document, name: str) -> tuple[float, float]:
    if new.get(name) is None:
        return float("-inf"), float("inf")
    near = sum(_half_unit(each[name]) for each in (old, new)) if _is_rounded(old, new) else 0.0
    return old[name] - new[name] - near, old[name] - new[name] + near


def _is_rounded(*documents: Document) -> bool:
    shares = [
        each[name] for each in documents for name in MEANS if name not in UNBOUNDED and each.get(name) is not None
    ]
    return all(abs(value - round(value, SHARE_DECIMALS)) < 1e-9 for value in shares) and all(
        each["author_count"] % ROUNDED_TO == 0 for each in documents
    )


def _within(value: float | None, low: float, high: float) -> bool:
    """An unknown figure fits any range."""
    return value is None or low <= value <= high


def _half_unit(value: float) -> float:
    return 0.5 * 10.0 ** (floor(log10(abs(value))) - AMOUNT_DIGITS + 1) if value else 0.5


def _digits(value: float) -> int:
    return len(f"{value:.12g}".replace(".", "").strip("0-").split("e")[0]) or 1


def _phrases(text: str) -> Iterator[str]:
    words = text.lower().split()
    return (" ".join(words[at : at + WORDS_IN_A_ROW]) for at in range(len(words) - WORDS_IN_A_ROW + 1))


def _moments(value: Any) -> Iterator[datetime]:
    """Every time in a document, also as text, as the API writes it."""
    if isinstance(value, Mapping):
        yield from (moment for each in value.values() for moment in _moments(each))
    elif isinstance(value, list):
        yield from (moment for each in value for moment in _moments(each))
    elif isinstance(value, datetime):
        yield _utc(value)
    elif isinstance(value, str) and TIME.match(value):
        yield _utc(datetime.fromisoformat(value))


def _utc(moment: datetime) -> datetime:
    """Spark's times have no zone and are UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
