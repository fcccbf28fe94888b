"""Real authors as profiles, from the tweets of profiles/."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.segments.worlds import author_key
from conf.schemas.gold import GOLD_AUTHOR_PROFILES


def read_people(path: Path) -> Iterator[tuple[Any, ...]]:
    """One row of GOLD_AUTHOR_PROFILES per author, all of one brand.

    The tweets have no scores, so sentiment, subjectivity and complaints are null.
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
