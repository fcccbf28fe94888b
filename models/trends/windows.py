"""Windows of time, nested so that each lies in one of the next size, and which of them may show figures.

A window shows figures when K authors or more tweeted in it and its parent shows them, too. Next to a hidden window the
one with the next number of authors is hidden until a hidden one has K authors: the parent's figures less those of the
shown windows then describe K authors or more (complementary suppression). Weeks begin on Monday, all times are UTC.
"""

import itertools
from functools import partial, reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from models.privacy.anonymity import K, is_suppressed

HOURS = {"week": 168, "day": 24, "6h": 6, "hour": 1}
"""The windows from the widest to the narrowest, and their length in hours."""


def window_start(window: str, moment: Column) -> Column:
    """The start of the window of that size in which `moment` lies."""
    if window == "6h":
        day = F.date_trunc("day", moment)
        return day + F.make_interval(hours=F.floor(F.hour(moment) / HOURS[window]).cast("int") * HOURS[window])
    return F.date_trunc(window, moment)


def with_windows(tweets: DataFrame) -> DataFrame:
    """One row per tweet and window: adds `window`, `started_at` and `ended_at`, all from `created_at`."""
    moment = F.col("created_at")
    windows = [
        F.struct(
            F.lit(name).alias("window"),
            window_start(name, moment).alias("started_at"),
            (window_start(name, moment) + F.make_interval(hours=F.lit(hours))).alias("ended_at"),
        )
        for name, hours in HOURS.items()
    ]
    return tweets.withColumn("_in", F.explode(F.array(*windows))).select("*", "_in.*").drop("_in")


def with_shown(windows: DataFrame, count: str, shown: str, k: int = K) -> DataFrame:
    """Add the boolean column `shown`: whether a window may show figures of `count` authors each.

    `windows` has brand, window and started_at. All in one pass: `windows` is costly and must not be computed again.
    """
    narrower = partial(_with_shown_inside, count=count, shown=shown, k=k)
    widest, *_ = HOURS
    rows = windows.withColumn(shown, (F.col("window") == widest) & (F.col(count) >= k))
    return reduce(lambda df, pair: narrower(df, *pair), itertools.pairwise(HOURS), rows)


def _with_shown_inside(windows: DataFrame, outer: str, inner: str, count: str, shown: str, k: int) -> DataFrame:
    parent = Window.partitionBy("brand", "_parent")
    is_parent_shown = F.max((F.col("window") == outer) & F.col(shown)).over(parent)
    is_hidden = is_suppressed(("brand", "_parent", "_is_inside"), count, ("brand", "started_at"), k, are_disjoint=False)
    return (
        windows.withColumn("_parent", window_start(outer, F.col("started_at")))
        .withColumn("_is_inside", (F.col("window") == inner) & is_parent_shown)
        .withColumn(shown, F.col(shown) | (F.col("_is_inside") & ~is_hidden))
        .drop("_parent", "_is_inside")
    )
