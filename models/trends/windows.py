"""Windows of time, nested so that each lies in one of the next size, and which of them may show figures.

A window shows figures when K authors or more tweeted in it and its parent shows them, too. Next to a hidden window the
one with the next number of authors is hidden until a hidden one has K authors: the parent's figures less those of the
shown windows then describe K authors or more (complementary suppression). Weeks begin on Monday, all times are UTC.
"""

import itertools
from collections.abc import Mapping, Sequence
from functools import partial, reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from models.privacy.anonymity import is_suppressed
from models.privacy.limits import K

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


def with_shown(windows: DataFrame, shown: Mapping[str, str], k: int = K, by: Sequence[str] = ("brand",)) -> DataFrame:
    """Add a boolean column for each count of authors: whether a window may show figures of so many.

    `windows` has `by`, window, started_at and the counts; `shown`: count -> the column's name. All in one pass:
    `windows` is costly and must not be computed again.
    """
    widest, *_ = HOURS
    is_shown = {name: (F.col("window") == widest) & (F.col(count) >= k) for count, name in shown.items()}
    narrower = partial(_with_shown_inside, shown=shown, k=k, by=by)
    rows = reduce(lambda df, pair: narrower(df, *pair), itertools.pairwise(HOURS), windows.withColumns(is_shown))
    return rows.drop("_parent")


def _with_shown_inside(
    windows: DataFrame, outer: str, inner: str, shown: Mapping[str, str], k: int, by: Sequence[str]
) -> DataFrame:
    parent, group = Window.partitionBy(*by, "_parent"), (*by, "_parent", "window")

    def is_shown(count: str, name: str) -> Column:
        is_parent_shown = F.max((F.col("window") == outer) & F.col(name)).over(parent)
        is_hidden = is_suppressed(group, count, (*by, "started_at"), k, are_disjoint=False)
        return F.col(name) | ((F.col("window") == inner) & is_parent_shown & ~is_hidden)

    rows = windows.withColumn("_parent", window_start(outer, F.col("started_at")))
    return rows.withColumns({name: is_shown(count, name) for count, name in shown.items()})
