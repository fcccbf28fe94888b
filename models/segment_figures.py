"""Figures of each segment from its members' profiles, and those of all the brand's authors beside them.

They leave here as they may be served (models/anonymity.py): rounded, and without a segment that has shrunk below
`least` authors since it was fitted, or one that would give such a segment away.

Every author counts once; a mean or median of nothing is null. `reach`: followers, an author's counted up to the brand's
99 % quantile, so that one giant is no segment's worth. `peak_<part>`: share of authors whose busiest hour lies in that
part of the day. `categories`: category -> authors whose complaints are mostly about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from models.anonymity import K, keep_large_cells, round_figures
from models.drift_columns import exact_mean
from models.segment_features import FEATURES, NAMES

DAYPARTS = {"morning": (6, 11), "afternoon": (12, 17), "evening": (18, 21), "night": (22, 5)}
"""First and last hour; the night goes over midnight, as night_share does."""
MEANS = tuple(
    dict.fromkeys(("complaint_share", "sentiment_trend", *(name for name in NAMES if name != "recency_days")))
)
MEDIANS = (
    *("tweet_count", "followers_count", "following_count", "account_age_days"),
    *("account_tweet_count", "engagement_per_tweet"),
)
PEAKS = tuple(f"peak_{part}" for part in DAYPARTS)
_NUMBERS = tuple(one.name for one in FEATURES if one.unit == "number" and one.name in MEANS)
_COUNTS = ("author_count", "tweet_sum")
_AMOUNTS = ("reach", "sentiment_trend", *_NUMBERS, *(f"{name}_median" for name in MEDIANS))
_SHARES = (*(name for name in MEANS if name not in _AMOUNTS), *PEAKS)
_ACCURACY = 10_000


@dataclass(frozen=True)
class Figures:
    """Figures of one segment, or of everyone, by name; and how many complain mostly about each category."""

    values: Mapping[str, Any]
    categories: Mapping[str, int]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def read_figures(members: DataFrame, least: int = K) -> tuple[dict[str, Figures], Figures]:
    """{segment_id: figures} of segments of `least` authors, and everyone's: of profiles with segment_id."""
    categories: dict[str | None, dict[str, int]] = {}
    counted = members.where("top_category IS NOT NULL").groupBy("segment_id", "top_category").count()
    for segment_id, category, count in counted.collect():
        for key in (segment_id, None):
            known = categories.setdefault(key, {})
            known[category] = known.get(category, 0) + count
    rows = {
        row["segment_id"]: row.asDict()
        for row in summarise_segments(members).transform(lambda df: keep_servable(df, least)).collect()
    }
    figures = {key: Figures(values, categories.get(key, {})) for key, values in rows.items()}
    everyone = figures.pop(None)
    return figures, everyone


def keep_servable(summary: DataFrame, least: int) -> DataFrame:
    """The rows of `summarise_segments` that may be shown, as they may be shown."""
    shown = keep_large_cells(summary.where("segment_id IS NOT NULL"), [], "author_count", least)
    return round_figures(shown.unionByName(summary.where("segment_id IS NULL")), _COUNTS, _SHARES, _AMOUNTS)


def summarise_segments(members: DataFrame) -> DataFrame:
    """One row a segment and one of everyone (segment_id null)."""
    giant = F.percentile_approx("followers_count", 0.99, _ACCURACY)
    known = members.crossJoin(F.broadcast(members.agg(giant.alias("giant"))))
    return known.rollup("segment_id").agg(
        F.count("*").alias("author_count"),
        F.sum("tweet_count").alias("tweet_sum"),
        F.sum(F.least("followers_count", "giant")).alias("reach"),
        *[F.percentile_approx(name, 0.5, _ACCURACY).cast("double").alias(f"{name}_median") for name in MEDIANS],
        *[_mean(name).alias(name) for name in MEANS],
        *[_mean(_is_in(*hours).cast("int")).alias(f"peak_{part}") for part, hours in DAYPARTS.items()],
    )


def _is_in(first: int, last: int) -> Column:
    after, before = F.col("peak_hour") >= first, F.col("peak_hour") <= last
    return (after | before) if first > last else (after & before)


def _mean(value: str | Column) -> Column:
    return exact_mean((F.col(value) if isinstance(value, str) else value).cast("double"))
