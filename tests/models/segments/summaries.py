"""Segments for the tests of texts: everything is average except what a test sets.

A feature is unusual only where the test gives both its `z` and its figure.
"""

from typing import Any

from models.segments.features import NAMES
from models.segments.figures import DAYPARTS, Figures
from models.segments.names import SegmentSummary

AVERAGE: dict[str, Any] = {
    **dict.fromkeys(NAMES, 0.3),
    **{f"peak_{part}": 0.25 for part in DAYPARTS},
    "complaint_share": 0.3,
    "reach": 4000,
    "followers_count_median": 120.0,
    "following_count_median": 88.0,
    "account_age_days_median": 1500.0,
    "tweet_count_median": 4.0,
    "account_tweet_count_median": 2500.0,
    "engagement_per_tweet_median": 1.5,
}


def figures(author_count: int, categories: dict[str, int] | None = None, **values: Any) -> Figures:
    known = categories or {}
    complainers = values.pop("complainers", sum(known.values()))
    return Figures(AVERAGE | {"author_count": author_count} | values, known, complainers)


def a_summary(segment_id: str = "s01", z: dict[str, float] | None = None, **values: Any) -> SegmentSummary:
    """1,000 of 4,000 authors; `z` in deviations from the mean, `values` replace figures of the segment."""
    categories = values.pop("categories", {"delay": 50, "billing": 50})
    everyone = figures(4000, {"delay": 200, "billing": 200}, reach=40_000)
    own = figures(values.pop("author_count", 1000), categories, **values)
    return SegmentSummary(segment_id, dict.fromkeys(NAMES, 0.0) | (z or {}), own, everyone)
