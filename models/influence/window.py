"""The time that cascades and influencers cover: from a first day on, so that each day's first run computes all."""

from datetime import date, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from runtime.times import in_utc


def first_day(window_days: int, as_of: datetime) -> date:
    """The window's first day, in UTC."""
    return in_utc(as_of).date() - timedelta(days=window_days)


def keep_window(tweets: DataFrame, window_days: int, as_of: datetime) -> DataFrame:
    """The tweets (created_on, created_at) of the window."""
    first = F.lit(first_day(window_days, as_of))
    return tweets.where((F.col("created_on") >= first) & (F.col("created_at") <= F.lit(as_of)))


def fingerprint(logic_version: int, window_days: int, as_of: datetime) -> str:
    """What a run must share with the last one to follow it."""
    return f"{logic_version} {first_day(window_days, as_of)}"
