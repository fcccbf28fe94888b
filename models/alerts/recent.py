"""The tweets of a brand's last hour, by the time that they were written: what arrives late, after a gap, counts there.

Sentiment and complaints need `min_authors` authors, and complaints are rounded: what is published of them must not show
one person's tweet. Numbers of tweets are operations figures.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from models.alerts.signals import LastHour
from models.privacy.limits import round_count

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Tweet:
    """When it was written, by whom, its score 0..1, and whether it complains."""

    at: datetime
    author: str | None
    score: float | None
    is_complaint: bool


@dataclass
class Recent:
    """The tweets of one brand; `newest_at`: when the newest was written."""

    newest_at: datetime | None = None
    tweets: list[Tweet] = field(default_factory=list)

    def add(self, tweets: Iterable[Tweet]) -> None:
        self.tweets += tweets
        times = [tweet.at for tweet in self.tweets]
        self.newest_at = max([*times, self.newest_at] if self.newest_at else times, default=None)

    def last_hour(self, now: datetime, min_authors: int) -> LastHour:
        self.tweets = [tweet for tweet in self.tweets if tweet.at > now - HOUR]
        known = [tweet for tweet in self.tweets if tweet.at <= now]
        scores: dict[str, list[float]] = defaultdict(list)
        for tweet in known:
            if tweet.author is not None and tweet.score is not None:
                scores[tweet.author].append(tweet.score)
        authors = len({tweet.author for tweet in known})
        enough = len(scores) >= min_authors
        mean = sum(sum(each) / len(each) for each in scores.values()) / len(scores) if enough else None
        return LastHour(
            now,
            len(known),
            authors,
            round_count(sum(tweet.is_complaint for tweet in known)) if authors >= min_authors else None,
            len(scores) if enough else 0,
            mean,
            (now - self.newest_at) / timedelta(minutes=1) if self.newest_at else 0.0,
        )


def split_by_brand(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Tweet]]:
    """Rows of silver.tweets -> the tweets of each brand."""
    found: dict[str, list[Tweet]] = defaultdict(list)
    for row in rows:
        if row["created_at"] is None:
            continue
        score = (row["sentiment"] or {}).get("score")
        tweet = Tweet(row["created_at"], row["author_key"], score, bool((row["complaint"] or {}).get("is_complaint")))
        for brand in {name for name in row["brands"] or () if name and ":" not in name}:
            found[brand].append(tweet)
    return found
