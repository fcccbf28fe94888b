"""Generated worlds as rows of silver.tweets.

Sentiment, subjectivity, complaint and category are the generator's truth, so that the annotator's errors do not count.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from conf.schemas.silver import SILVER_TWEETS
from generator import World, generate, load_world
from generator.authors import Crowd
from runtime.resources import PROJECT

SCENARIOS = PROJECT / "generator" / "scenarios"
LEVELS = ("easy", "medium", "hard")
SCORES = {"negative": 0.1, "neutral": 0.5, "positive": 0.9}
AUTHOR = ("followers_count", "following_count", "tweet_count", "listed_count")
METRICS = ("retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count")


def load_level(level: str, **overrides: int | str | None) -> World:
    """The world of the scenario `segments_<level>`; overrides as in `generator.load_world`."""
    return load_world(Path(SCENARIOS / f"segments_{level}.yaml"), **overrides)


def read_silver(world: World) -> Iterator[tuple[Any, ...]]:
    """One row of SILVER_TWEETS per tweet of the world, without repeats and malformed lines."""
    for line in generate(world):
        truth = next((row for table, row in line.truth if table == "tweets"), None)
        if line.kind == "tweet" and truth is not None:
            row = _row(json.loads(line.payload), truth)
            yield tuple(row.get(name) for name in SILVER_TWEETS.names)


def read_segments(world: World) -> dict[str, str]:
    """author_key -> the author's true segment; the brand's own account has none."""
    crowd = Crowd(world)
    authors = (crowd.author(number) for number in range(crowd.size))
    return {author_key(author.user_id): author.segment.name for author in authors}


def author_key(author_id: str) -> str:
    """A key without a secret, for generated and published authors."""
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
