"""Attacks on topics, their figures over time, their terms, and alerts.

The attacker knows everybody's texts, times, scores and segments, and the topic of every tweet. `known` has a row per
tweet and window, as for the trends (windows.py), with `topic_id`, which is `none` for tweets without a topic.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from benchmarks.reidentification.windows import KEY, find_in_small_windows, key_of
from models.privacy.limits import K
from models.topics.words import topic_words

Documents = Sequence[Mapping[str, Any]]
HOUR = timedelta(hours=1)


def find_by_term(shown: Iterable[str], texts: Mapping[str, Sequence[str]]) -> set[str]:
    """Authors of a shown term that fewer than K used; `texts`: author -> texts."""
    words = {author: [f" {' '.join(topic_words(text))} " for text in own] for author, own in texts.items()}
    found = set[str]()
    for term in set(shown):
        users = {author for author, own in words.items() if any(f" {term} " in text for text in own)}
        found |= users if len(users) < K else set()
    return found


def terms_of(topics: Documents, alerts: Documents) -> Iterator[str]:
    """Every word or phrase that topics and alerts show, those in names included."""
    for each in (*topics, *alerts):
        yield from each["terms"] or ()
    names = [each["name"] for each in topics] + [name for each in alerts for name in each["topics"] or ()]
    for name in names:
        yield from (part.strip().lower() for part in name.split(","))


def find_in_small_topics(served: Documents, known: pd.DataFrame) -> set[str]:
    """Authors of a topic's shown window with fewer than K authors; of all its hidden windows in a shown wider one, and
    of all hidden topics beside the shown ones of a window, if they have fewer than K together."""
    found = set[str]()
    for topic_id, own in known.groupby("topic_id"):
        found |= find_in_small_windows([dict(each) for each in served if each["topic_id"] == topic_id], own)
    shown: dict[Any, set[str]] = {}
    for each in served:
        shown.setdefault(key_of(each), set()).add(each["topic_id"])
    for key, own in known.groupby(KEY):
        rest = set(own.loc[~own["topic_id"].isin(shown.get(key, set())), "author"])
        found |= rest if key in shown and len(rest) < K else set()
    return found


def find_in_small_segments(topics: Documents, known: pd.DataFrame, segments: Mapping[str, str]) -> set[str]:
    """Authors of a topic in a segment that is listed with fewer than K of them, and in all that are not listed beside
    it if they have fewer than K together. `segments`: author -> segment."""
    found = set[str]()
    for topic in topics:
        authors = set(known.loc[known["topic_id"] == topic["topic_id"], "author"])
        cells: dict[str, set[str]] = {}
        for author in authors & segments.keys():
            cells.setdefault(segments[author], set()).add(author)
        listed = {cell["name"] for cell in topic["segments"] or ()}
        rest = set[str]().union(*(own for name, own in cells.items() if name not in listed))
        groups = [cells.get(name, set()) for name in listed] + ([rest] if listed else [])
        found |= {author for group in groups if len(group) < K for author in group}
    return found


def find_by_alert(alerts: Documents, tweets: pd.DataFrame) -> set[str]:
    """Authors of the hour before an alert's peak, where it shows how many they are, or their mean sentiment, although
    they are fewer than K. `tweets`: at, author, one row per tweet."""
    found = set[str]()
    for each in alerts:
        end = pd.Timestamp(each["peak_at"])
        authors = set(tweets.loc[(tweets["at"] > end - HOUR) & (tweets["at"] <= end), "author"])
        is_about_people = each["author_count"] is not None or each["kind"] == "sentiment_drop"
        found |= authors if is_about_people and len(authors) < K else set()
    return found
