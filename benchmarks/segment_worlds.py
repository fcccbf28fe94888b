"""Generated worlds as rows of silver.tweets, with the truth for an annotator: what segments are measured on.

Sentiment, subjectivity, complaint and category are the generator's own, so that the figures are of the segments alone.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from conf.schemas import GOLD_AUTHOR_PROFILES, SILVER_TWEETS
from generator import World, generate, load_world
from generator.authors import Crowd
from runtime.resources import PROJECT

SCENARIOS = PROJECT / "generator" / "scenarios"
LEVELS = ("easy", "medium", "hard")
SCORES = {"negative": 0.1, "neutral": 0.5, "positive": 0.9}
AUTHOR = ("followers_count", "following_count", "tweet_count", "listed_count")
METRICS = ("retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count")


def load_level(level: str, **overrides: int | str | None) -> World:
    """The world `segments_<level>`; overrides as of the generator."""
    return load_world(Path(SCENARIOS / f"segments_{level}.yaml"), **overrides)


def read_silver(world: World) -> Iterator[tuple[Any, ...]]:
    """A row of SILVER_TWEETS for every tweet of the world, repeats and faults left out."""
    for line in generate(world):
        truth = next((row for table, row in line.truth if table == "tweets"), None)
        if line.kind == "tweet" and truth is not None:
            row = _row(json.loads(line.payload), truth)
            yield tuple(row.get(name) for name in SILVER_TWEETS.names)


def read_segments(world: World) -> dict[str, str]:
    """author_key -> the segment that the generator drew the author from; the brand's own account has none."""
    crowd = Crowd(world)
    authors = (crowd.author(number) for number in range(crowd.size))
    return {author_key(author.user_id): author.segment.name for author in authors}


def author_key(author_id: str) -> str:
    """A key for invented authors; production's needs a secret."""
    return hashlib.sha256(author_id.encode()).hexdigest()


def _row(payload: dict[str, Any], truth: dict[str, Any]) -> dict[str, Any]:
    data, at = payload["data"], datetime.fromisoformat(truth["created_at"])
    users = {user["id"]: user for user in payload.get("includes", {}).get("users", ())}
    kind = {"original": "tweet"}.get(truth["kind"], truth["kind"])
    category = {"label": truth["category"], "score": 1.0} if truth["category"] else None
    metrics = data.get("public_metrics") or {}
    return {
        "tweet_id": truth["tweet_id"],
        "created_on": at.date(),
        "created_at": at,
        "brands": [truth["brand"]],
        "author_key": author_key(truth["author_id"]),
        "kind": kind,
        "text": data["text"],
        "lang": truth["lang"],
        "is_truncated": False,
        "metrics": {name: metrics.get(name) for name in METRICS},
        "author": _author(users.get(truth["author_id"])),
        "sentiment": {"label": truth["sentiment"], "score": SCORES[truth["sentiment"]]},
        "subjectivity": truth["subjectivity"],
        "complaint": {"is_complaint": truth["is_complaint"], "score": float(truth["is_complaint"])},
        "category": category,
        "observed_at": at,
    }


def _author(user: dict[str, Any] | None) -> dict[str, Any] | None:
    if user is None:
        return None
    metrics = user.get("public_metrics") or {}
    return {
        **{name: metrics.get(name) for name in AUTHOR},
        "is_verified": user.get("verified"),
        "created_at": datetime.fromisoformat(user["created_at"]) if user.get("created_at") else None,
        "location": user.get("location"),
    }


def read_people(path: Path) -> Iterator[tuple[Any, ...]]:
    """GOLD_AUTHOR_PROFILES rows of the authors of profiles/tweets_with_user_fields.csv.gz, all under one brand.

    Nobody scored their tweets, so sentiment, subjectivity and complaints are null.
    """
    tweets = pd.read_csv(path, dtype=str, keep_default_na=False)
    for name in ("followers", "friends", "statuses", "retweet_count", "like_count", "reply_count", "quote_count"):
        tweets[name] = pd.to_numeric(tweets[name], errors="coerce")
    times = {
        name: pd.to_datetime(tweets[name], utc=True, errors="coerce") for name in ("created_at", "user_created_at")
    }
    hours = times["created_at"].dt.hour
    counts = tweets[["retweet_count", "like_count", "reply_count", "quote_count"]].fillna(0).sum(axis=1)
    tweets = tweets.assign(
        **times,
        hour=hours,
        night=((hours >= 22) | (hours < 6)) * 1.0,
        answered=counts.where(tweets["kind"] != "retweet"),
    )
    for kind in ("reply", "quote", "retweet"):
        tweets[kind] = (tweets["kind"] == kind) * 1.0
    for author_id, own in tweets.sort_values("created_at").groupby("author_id"):
        row = _profile(own) | {"brand": "people", "author_key": author_key(str(author_id))}
        yield tuple(row.get(name) for name in GOLD_AUTHOR_PROFILES.names)


def _profile(own: pd.DataFrame) -> dict[str, Any]:
    newest = own.iloc[-1]
    last, born = newest["created_at"], newest["user_created_at"]
    counts = {"followers_count": "followers", "following_count": "friends", "account_tweet_count": "statuses"}
    means = {"reply_share": "reply", "quote_share": "quote", "retweet_share": "retweet", "night_share": "night"}
    means |= {"engagement_per_tweet": "answered"}
    return {
        "tweet_count": len(own),
        "last_tweet_at": None if pd.isna(last) else last.to_pydatetime(),
        "account_age_days": None if pd.isna(last) or pd.isna(born) else max((last - born).days, 0),
        "peak_hour": None if pd.isna(last) else int(own["hour"].mode().iloc[0]),
        **{name: None if pd.isna(newest[column]) else int(newest[column]) for name, column in counts.items()},
        **{name: None if own[column].isna().all() else float(own[column].mean()) for name, column in means.items()},
    }
