"""Attacks on a brand's trends: on windows and cells of few authors, on what is left of a wider window, on changes.

The attacker knows every tweet: who wrote it, when, its scores and metrics. `known` has one row per window and tweet:
KEY, author, tweet_id, FIGURES (null where a tweet has none), `categories`, `languages`, `regions` (null or one name).

Which windows changed is no part of the attacks on figures: the number of tweets is exact by agreement, and shows to
somebody who knows when everybody tweeted whose tweets were added or erased (`find_by_count`). Nor are the last digits
of all figures together: rounding is no noise, and whoever recomputes every publication recognises some authors
(`find_by_recomputation`). Both are counted beside the attacks.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import floor, log10
from typing import Any

import numpy as np
import pandas as pd

from models.privacy.limits import AMOUNT_DIGITS, SHARE_DECIMALS, TAILS, K
from models.trends.windows import HOURS

Documents = list[dict[str, Any]]
Key = tuple[str, pd.Timestamp]
KEY = ["window", "started_at"]
LISTS = ("categories", "languages", "regions")
AMOUNT = "engagement_per_tweet"
FIGURES = ("positive_share", "neutral_share", "negative_share", "sentiment_mean", "complaint_share", AMOUNT)
SHOWN_BY = {"author_count": "tweet_id", "sentiment_mean": "sentiment_mean", AMOUNT: AMOUNT}
"""Published figures that are hidden together with others, and the column that the authors behind them have."""


def key_of(document: Mapping[str, Any]) -> Key:
    return document["window"], pd.Timestamp(document["started_at"])


def find_in_small_windows(served: Documents, known: pd.DataFrame) -> set[str]:
    """Authors of a shown window with fewer than K authors, and of all hidden windows in a shown wider one if they have
    fewer than K together: the wider one less the shown ones is about them."""
    return {key for group in _groups_of_windows(served, known) if len(group) < K for key in group}


def _groups_of_windows(served: Documents, known: pd.DataFrame) -> Iterator[set[str]]:
    for figure, column in SHOWN_BY.items():
        authors = _authors(known[known[column].notna()], KEY)
        shown = {key_of(each) for each in served if each[figure] is not None} & authors.keys()
        yield from (authors[key] for key in shown)
        for outer, inner in combinations(HOURS, 2):
            for _, start in (key for key in shown if key[0] == outer):
                end = start + pd.Timedelta(hours=HOURS[outer])
                hidden = [each for each in authors if each[0] == inner and start <= each[1] < end and each not in shown]
                yield set[str]().union(*(authors[key] for key in hidden))


def find_in_small_cells(served: Documents, known: pd.DataFrame) -> set[str]:
    """Authors of a listed category, language or region with fewer than K authors, and of all that are not listed beside
    it if they have fewer than K together: the window's total less the listed ones is about them."""
    found: set[str] = set()
    for name in LISTS:
        cells = _authors(known[known[name].notna()], [*KEY, name])
        for each in (one for one in served if one[name]):
            own = {cell[2]: authors for cell, authors in cells.items() if cell[:2] == key_of(each)}
            listed = {cell["name"] for cell in each[name]}
            rest = set[str]().union(*(authors for cell, authors in own.items() if cell not in listed))
            groups = [rest, *(own[cell] for cell in listed)]
            found |= {key for group in groups if len(group) < K for key in group}
    return found


def _authors(known: pd.DataFrame, by: list[str]) -> dict[Any, set[str]]:
    return {key: set(own) for key, own in known.groupby(by)["author"]}


@dataclass(frozen=True)
class Change:
    """What may have happened between two publications, by window: for each candidate `who`, how far a figure's sum
    over the authors moved, and by how many of them (`_n`). `counts`: the authors behind each figure before."""

    moves: Mapping[Key, pd.DataFrame]
    counts: Mapping[Key, pd.Series]


def changes_by_author(known: pd.DataFrame, *, is_capped: bool) -> Change:
    """One author's tweets are erased."""
    means = _means(known, is_capped)
    moves = pd.concat([-means.fillna(0), -means.notna().astype(int).add_suffix("_n")], axis=1)
    return _change(moves.reset_index().rename(columns={"author": "who"}), means)


def changes_by_tweet(known: pd.DataFrame, *, is_capped: bool) -> Change:
    """One tweet is erased, or is there before the next publication: the author's mean moves, or the author comes."""
    means, values = _means(known, is_capped), known[list(FIGURES)].astype(float)
    by_author = values.groupby([*(known[name] for name in KEY), known["author"]])
    count, total = by_author.transform("count") - values.notna(), by_author.transform("sum") - values.fillna(0)
    before = means.reindex(pd.MultiIndex.from_frame(known[[*KEY, "author"]])).set_axis(known.index)
    after = total / count.where(count > 0)
    gone = (before.notna() & after.isna()).astype(int)
    moves = pd.concat([after.fillna(0) - before.fillna(0), -gone.add_suffix("_n")], axis=1)
    return _change(pd.concat([known[KEY], known["author"].rename("who"), moves], axis=1), means)


def _means(known: pd.DataFrame, is_capped: bool) -> pd.DataFrame:
    """FIGURES by window and author."""
    means = known.groupby([*KEY, "author"])[list(FIGURES)].mean()
    if is_capped:
        ends = [means[AMOUNT].groupby(level=KEY).transform("quantile", q=tail) for tail in TAILS]
        means[AMOUNT] = means[AMOUNT].clip(*ends)
    return means


def _change(moves: pd.DataFrame, means: pd.DataFrame) -> Change:
    counts = means.notna().groupby(level=KEY).sum()
    by_window: dict[Any, pd.DataFrame] = dict(iter(moves.groupby(KEY)))
    return Change(by_window, {key: counts.loc[key] for key in by_window})


def find_by_change(before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]], change: Change) -> set[str]:
    """People who alone explain how the figures of a window changed: n' m' - n m is how much the sum moved, within what
    the rounding of both means leaves open."""
    later, found = {key_of(each): each for each in after}, set[str]()
    for old in before:
        key = key_of(old)
        new = later.get(key)
        if new is None or key not in change.moves or all(old[name] == new[name] for name in FIGURES):
            continue
        moves, fits = change.moves[key], np.ones(len(change.moves[key]), bool)
        for name in FIGURES:
            if old[name] is not None and new[name] is not None:
                fits &= _explains(old[name], new[name], moves, name, change.counts[key][name])
        who = set(moves["who"][fits])
        found |= who if len(who) == 1 else set()
    return found


def _explains(old: float, new: float, moves: pd.DataFrame, name: str, count: int) -> Any:
    later = count + moves[f"{name}_n"]
    slack = _half_unit(old, name) * count + _half_unit(new, name) * later + 1e-6 * count * max(1.0, abs(old))
    return (later * new - count * old - moves[name]).abs() <= slack


def _half_unit(value: float, name: str) -> float:
    """Half of the unit that a figure was rounded to; 0 for an exact one."""
    decimals = SHARE_DECIMALS if name != AMOUNT else AMOUNT_DIGITS - 1 - floor(log10(abs(value) or 1))
    return 0.5 * 10.0**-decimals if abs(value - round(value, decimals)) < 1e-9 else 0.0


def count_tweets(known: pd.DataFrame) -> dict[str, dict[Key, int]]:
    """How many tweets everybody has in each window."""
    found: dict[str, dict[Key, int]] = {}
    for author, window, start, count in known.groupby(["author", *KEY]).size().reset_index().itertuples(index=False):
        found.setdefault(author, {})[window, start] = count
    return found


def find_by_count(before: Documents, after: Documents, tweets: Mapping[str, dict[Key, int]]) -> set[str]:
    """People whose tweets alone explain how the exact numbers of tweets changed."""
    later = {key_of(each): each["tweet_count"] for each in after}
    lost = {key_of(each): each["tweet_count"] - later.get(key_of(each), 0) for each in before}
    changed = {key: count for key, count in lost.items() if count}
    fits = [author for author, counts in tweets.items() if counts == changed]
    return set(fits) if len(fits) == 1 else set()


def find_by_recomputation(served: Documents, known: pd.DataFrame) -> set[str]:
    """Authors whose erasure changes the shown shares and means as nobody else's does, so that whoever recomputes every
    publication without each of them recognises these."""
    shown = {key_of(each) for each in served if each["sentiment_mean"] is not None}
    means = _means(known[[key in shown for key in zip(known["window"], known["started_at"], strict=True)]], False)
    means = means.drop(columns=AMOUNT)
    of_window = means.groupby(level=KEY)
    total, count = of_window.transform("sum"), of_window.transform("count")
    after = (total - means.fillna(0)) / (count - means.notna())
    moved = (after.round(SHARE_DECIMALS) - (total / count).round(SHARE_DECIMALS)).round(SHARE_DECIMALS)
    rows = moved.reset_index().melt([*KEY, "author"], var_name="figure", value_name="change")
    marks: dict[str, set[tuple[Any, ...]]] = {}
    for row in rows[rows["change"].fillna(0) != 0].itertuples(index=False):
        marks.setdefault(str(row.author), set()).add((row.window, row.started_at, row.figure, row.change))
    patterns = Counter(map(frozenset, marks.values()))
    return {author for author, mark in marks.items() if patterns[frozenset(mark)] == 1}
