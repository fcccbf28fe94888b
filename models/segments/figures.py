"""Figures of each segment from its members' profiles, and of all the brand's authors.

They may be published (models/privacy/anonymity.py): rounded, amounts capped, each known of `minimum` authors or more.
A segment that has shrunk below `minimum` has no row. Where a figure of one segment is hidden, so is that of the next
smallest, until `minimum` authors are behind what is hidden: everyone's figure less the others' reveals no smaller one.

Every author counts once; a mean or median of nothing is null. `reach` and `tweet_sum`: followers and tweets of all.
`peak_<part>`: share of authors whose busiest hour is in that part of the day. `categories`: category -> authors who
complain mostly about it, where they are `minimum` or more; `complainers`: all of them, for comparison. These three give
words to names, descriptions and personas; their numbers are not published.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from models.annotation.drift_columns import exact_mean
from models.privacy.anonymity import ACCURACY, cap_amounts, keep_large_cells, round_figures
from models.privacy.limits import K
from models.segments.features import FEATURES, NAMES

DAYPARTS = {"morning": (6, 11), "afternoon": (12, 17), "evening": (18, 21), "night": (22, 5)}
"""First and last hour; the night spans midnight, as in night_share."""
MEANS = ("complaint_share", *(name for name in NAMES if name != "recency_days"))
MEDIANS = (
    *("tweet_count", "followers_count", "following_count", "account_age_days"),
    *("account_tweet_count", "engagement_per_tweet"),
)
PEAKS = tuple(f"peak_{part}" for part in DAYPARTS)
_NUMBERS = tuple(one.name for one in FEATURES if one.unit == "number" and one.name in MEANS)
_SUMS = {"tweet_sum": "tweet_count", "reach": "followers_count"}
_AMOUNTS = (*_SUMS, *_NUMBERS, *(f"{name}_median" for name in MEDIANS))
_SHARES = (*(name for name in MEANS if name not in _AMOUNTS), *PEAKS)
_FIGURES = ("author_count", *_AMOUNTS, *_SHARES)


@dataclass(frozen=True)
class Figures:
    """Figures of one segment, or of everyone, by name; counts of authors by the category of most complaints."""

    values: Mapping[str, Any]
    categories: Mapping[str, int]
    complainers: int

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def read_figures(members: DataFrame, minimum: int = K) -> tuple[dict[str, Figures], Figures]:
    """{segment_id: figures} of segments of `minimum` authors, and everyone's, from profiles with segment_id."""
    categories: dict[str | None, dict[str, int]] = {}
    counted = members.where("top_category IS NOT NULL").groupBy("segment_id", "top_category").count()
    for segment_id, category, count in counted.collect():
        for key in (segment_id, None):
            known = categories.setdefault(key, {})
            known[category] = known.get(category, 0) + count
    summary = summarise_segments(members).persist()  # some ten rows, read twice
    figures = {}
    for row in keep_servable(summary, minimum).collect():
        counts = categories.get(row["segment_id"], {})
        large = {name: count for name, count in counts.items() if count >= minimum}
        figures[row["segment_id"]] = Figures(row.asDict(), large, sum(counts.values()))
    summary.unpersist()
    everyone = figures.pop(None)
    return figures, everyone


def keep_servable(summary: DataFrame, minimum: int) -> DataFrame:
    """The rows and figures of `summarise_segments` that may be published, rounded for it."""
    counts = [F.struct(F.lit(name).alias("figure"), F.col(f"authors.{name}").alias("count")) for name in _FIGURES]
    cells = summary.select("segment_id", F.inline(F.array(*counts))).where(F.col("count") > 0)
    large = keep_large_cells(cells.where("segment_id IS NOT NULL"), ["figure"], "count", minimum)
    shown = large.unionByName(cells.where(F.col("segment_id").isNull() & (F.col("count") >= minimum)))
    lists = shown.groupBy(F.col("segment_id").alias("of")).agg(F.collect_set("figure").alias("shown"))
    rows = summary.join(lists, F.col("segment_id").eqNullSafe(F.col("of")), how="left").where(
        F.col("segment_id").isNull() | F.array_contains("shown", "author_count")
    )
    figures = [F.when(F.array_contains("shown", name), F.col(name)).alias(name) for name in _FIGURES]
    return round_figures(rows.select("segment_id", *figures), ["author_count"], _SHARES, _AMOUNTS)


def summarise_segments(members: DataFrame) -> DataFrame:
    """One row per segment and one of everyone (segment_id null); `authors` counts those behind each figure."""
    figures = {name: (F.sum(column), F.count(column)) for name, column in _SUMS.items()}
    figures |= {
        f"{name}_median": (F.percentile_approx(name, 0.5, ACCURACY).cast("double"), F.count(name)) for name in MEDIANS
    }
    means = {name: F.col(name) for name in MEANS} | {
        f"peak_{part}": _is_in(*hours).cast("int") for part, hours in DAYPARTS.items()
    }
    figures |= {name: (exact_mean(value.cast("double")), F.count(value)) for name, value in means.items()}
    figures |= {"author_count": (F.count("*"), F.count("*"))}
    return (
        cap_amounts(members, sorted({*_SUMS.values(), *MEDIANS, *_NUMBERS}))
        .rollup("segment_id")
        .agg(
            *[figure.alias(name) for name, (figure, _) in figures.items()],
            F.struct(*[count.alias(name) for name, (_, count) in figures.items()]).alias("authors"),
        )
    )


def _is_in(first: int, last: int) -> Column:
    after, before = F.col("peak_hour") >= first, F.col("peak_hour") <= last
    return (after | before) if first > last else (after & before)
