"""The last minutes of a brand: counts, rate, lag, and a sentiment that no single tweet moves visibly.

Sentiment is the mean over the authors of the shortest of WINDOWS in which K authors or more have a scored tweet, to the
nearest STEP; it is taken anew at most once in SENTIMENT_SECONDS. Otherwise two values read one after the other would
tell what the tweet between them said. The newest tweet's time has no seconds, which would name the tweet.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from models.privacy.limits import K

RATE_MINUTES = 5
WINDOWS = (15, 60)
"""Minutes that a sentiment may be taken over; the last is how long tweets are remembered."""
STEP = 0.05
SENTIMENT_SECONDS = 60


@dataclass(frozen=True)
class Seen:
    """One tweet of a brand: when it was committed and created, by whom, and its score 0..1."""

    committed_at: datetime
    created_at: datetime | None
    author_key: str | None
    score: float | None


@dataclass
class LiveBrand:
    """The tweets of one brand in the last WINDOWS[-1] minutes."""

    seen: deque[Seen] = field(default_factory=deque)
    sentiment: float | None = None
    sentiment_at: datetime | None = None

    def add(self, tweets: Iterable[Seen]) -> None:
        self.seen.extend(tweets)

    def document(self, brand: str, now: datetime, k: int = K) -> dict[str, Any]:
        """What is published of the brand at `now`."""
        while self.seen and self.seen[0].committed_at < now - timedelta(minutes=WINDOWS[-1]):
            self.seen.popleft()
        recent = self._within(now, RATE_MINUTES)
        lags = sorted((one.committed_at - one.created_at).total_seconds() for one in recent if one.created_at)
        if self.sentiment_at is None or now - self.sentiment_at >= timedelta(seconds=SENTIMENT_SECONDS):
            self.sentiment, self.sentiment_at = self._sentiment(now, k), now
        return {
            "_id": brand,
            "brand": brand,
            "tweet_count": len(recent),
            "per_minute": round(len(recent) / RATE_MINUTES, 1),
            "lag_seconds": round(lags[len(lags) // 2], 1) if lags else None,
            "newest_at": max((_minute(one.created_at) for one in recent if one.created_at), default=None),
            "sentiment": self.sentiment,
            "as_of": now,
        }

    def _within(self, now: datetime, minutes: int) -> list[Seen]:
        return [one for one in self.seen if one.committed_at >= now - timedelta(minutes=minutes)]

    def _sentiment(self, now: datetime, k: int) -> float | None:
        for minutes in WINDOWS:
            by_author = defaultdict(list)
            for one in self._within(now, minutes):
                if one.author_key is not None and one.score is not None:
                    by_author[one.author_key].append(one.score)
            if len(by_author) >= k:
                mean = sum(sum(scores) / len(scores) for scores in by_author.values()) / len(by_author)
                return round(round(mean / STEP) * STEP, 9)  # 13 * 0.05 is not 0.65
        return None


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def split_by_brand(rows: Iterable[dict[str, Any]]) -> dict[str, list[Seen]]:
    """Rows of silver.tweets with `_commit_timestamp` -> tweets of each brand, in the order of their commits."""
    found: dict[str, list[Seen]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: each["_commit_timestamp"]):
        score = (row["sentiment"] or {}).get("score")
        one = Seen(row["_commit_timestamp"], row["created_at"], row["author_key"], score)
        for brand in {name for name in row["brands"] or () if name and ":" not in name}:
            found[brand].append(one)
    return found
