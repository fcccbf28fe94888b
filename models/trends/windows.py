"""Windows of time, nested so that each lies in one of the next size, and which of them may show figures.

A window shows figures when K authors or more tweeted in it and its parent shows them, too. Next to a hidden window the
one with the next number of authors is hidden until a hidden one has K authors: the parent's figures less those of the
shown windows then describe K authors or more (complementary suppression). Weeks begin on Monday, all times are UTC.
"""

import itertools
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from models.privacy.anonymity import K, keep_large_cells

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


def find_shown(windows: DataFrame, count: str, k: int = K) -> DataFrame:
    """[brand, window, started_at] of the windows that may show figures of `count` authors each."""
    cells = windows.select("brand", "window", "started_at", F.col(count).alias("authors"))
    names = list(HOURS)
    widest = cells.where((F.col("window") == names[0]) & (F.col("authors") >= k)).drop("authors")

    def narrower(shown: list[DataFrame], pair: tuple[str, str]) -> list[DataFrame]:
        return [*shown, _shown_inside(cells, shown[-1], *pair, k)]

    levels = reduce(narrower, itertools.pairwise(names), [widest])
    return reduce(DataFrame.unionByName, levels)


def _shown_inside(cells: DataFrame, shown: DataFrame, outer: str, inner: str, k: int) -> DataFrame:
    parents = shown.select("brand", F.col("started_at").alias("parent_started_at"))
    inside = cells.where(F.col("window") == inner).withColumn(
        "parent_started_at", window_start(outer, F.col("started_at"))
    )
    candidates = inside.join(parents, ["brand", "parent_started_at"], how="left_semi")
    large = keep_large_cells(candidates, ("brand", "parent_started_at"), "authors", k, are_disjoint=False)
    return large.select("brand", "window", "started_at")
