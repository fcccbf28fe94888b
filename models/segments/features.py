"""The features by which authors are compared, and how each figure of a profile becomes a coordinate.

One feature per question: of several figures with one meaning a single one is used, or they would outweigh the others.
sentiment_mean represents positive_, negative_ and complaint_share (r = -0.89 with complaints in the generated worlds),
tweet_count represents active_days_count and active_hours_count, followers_count and following_count represent
audience_ratio (the difference of their logarithms). Not used for other reasons: is_verified (a paid badge since 2023,
and a rare flag of unit variance forms a segment by itself), sentiment_trend (unknown for most), brands_count (1 for
nearly all), peak_hour, top_category and region (not numeric). Figures that are not features still name and describe a
segment.

Preparation, then StandardScaler on every feature:

- `log1p`: counts. null -> the median of the known ones.
- `shrunk`: rates of an author's tweets, shrunk towards the brand's mean as if PRIOR_TWEETS tweets of an average author
  were added: (n x + PRIOR_TWEETS m) / (n + PRIOR_TWEETS) (Efron and Morris 1975), so that a single complaint does not
  make a complaint share of 1. null -> the brand's mean.

Both are winsorised (values beyond the 1 % and 99 % quantiles become those), so that no outlier is a segment of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

PRIOR_TWEETS = 3
DIGITS = 9
WINSOR = (0.01, 0.99)


@dataclass(frozen=True)
class Feature:
    """`high` and `low`: what a segment far above or below the mean is called; `label` and `unit` of its figures."""

    name: str
    how: Literal["log1p", "shrunk"]
    high: str
    low: str
    label: str
    unit: Literal["number", "share", "score"]


FEATURES = (
    Feature("tweet_count", "log1p", "frequent tweeters", "occasional tweeters", "median tweets", "number"),
    Feature(
        "recency_days", "log1p", "inactive for longer", "active more recently", "median days since a tweet", "number"
    ),
    Feature("followers_count", "log1p", "large audiences", "small audiences", "median followers", "number"),
    Feature(
        "following_count",
        "log1p",
        "following more accounts",
        "following fewer accounts",
        "median accounts followed",
        "number",
    ),
    Feature(
        "account_tweet_count", "log1p", "more active on X", "less active on X", "median tweets on any topic", "number"
    ),
    Feature("account_age_days", "log1p", "older accounts", "newer accounts", "median account age in days", "number"),
    Feature(
        "engagement_per_tweet", "log1p", "more engagement", "less engagement", "median responses per tweet", "number"
    ),
    Feature("sentiment_mean", "shrunk", "more positive", "more negative", "sentiment", "score"),
    Feature("subjectivity_mean", "shrunk", "more opinionated", "more factual", "subjectivity", "score"),
    Feature("reply_share", "shrunk", "more replies", "fewer replies", "reply share", "share"),
    Feature("quote_share", "shrunk", "more quotes", "fewer quotes", "quote share", "share"),
    Feature("retweet_share", "shrunk", "more retweets", "fewer retweets", "retweet share", "share"),
    Feature("night_share", "shrunk", "more at night", "more by day", "share of tweets at night", "share"),
)
NAMES = tuple(feature.name for feature in FEATURES)
PREPARED = tuple(f"feature_{name}" for name in NAMES)

# Recency is no column of a profile: it counts the days from an author's last tweet to the brand's newest one.
RECENCY_SQL = (
    "SELECT *, CAST(datediff((SELECT max(last_tweet_at) FROM __THIS__), last_tweet_at) AS double) AS recency_days "
    "FROM __THIS__"
)


@dataclass(frozen=True)
class Limits:
    """Fitted values of a feature: `typical` replaces null (rates are shrunk towards it), `low` and `high` limit it."""

    typical: float
    low: float
    high: float


def fit_limits(authors: pd.DataFrame) -> dict[str, Limits]:
    """Limits of every feature from raw figures: one row per author, columns NAMES; 0 where no author's is known."""
    return {feature.name: _limits(feature, authors) for feature in FEATURES}


def preparation_sql(limits: Mapping[str, Limits]) -> str:
    """The statement that adds `feature_<name>` for every feature to a row with the raw figures."""
    return f"SELECT *, {', '.join(_sql(feature, limits[feature.name]) for feature in FEATURES)} FROM __THIS__"


def _limits(feature: Feature, authors: pd.DataFrame) -> Limits:
    values = authors[feature.name].astype(float)
    known = values.dropna()
    typical = float(known.mean() if feature.how == "shrunk" else known.median()) if len(known) else 0.0
    if feature.how == "shrunk":
        weights = authors["tweet_count"].astype(float).where(values.notna(), 0.0).fillna(0.0)
        values = (weights * values.fillna(typical) + PRIOR_TWEETS * typical) / (weights + PRIOR_TWEETS)
    low, high = (float(each) for each in values.fillna(typical).clip(lower=0.0).quantile(list(WINSOR)))
    return Limits(typical, low, high)


def _sql(feature: Feature, limits: Limits) -> str:
    typical, low, high = (f"CAST('{value!r}' AS double)" for value in (limits.typical, limits.low, limits.high))
    value = f"coalesce(CAST({feature.name} AS double), {typical})"
    if feature.how == "shrunk":
        weight = f"IF({feature.name} IS NULL, 0.0D, CAST(coalesce(tweet_count, 0) AS double))"
        value = f"({weight} * {value} + {PRIOR_TWEETS}.0D * {typical}) / ({weight} + {PRIOR_TWEETS}.0D)"
    limited = f"least(greatest({value}, {low}), {high})"
    prepared = f"log1p({limited})" if feature.how == "log1p" else limited
    # Where all authors are alike, the last bits must not become a feature of unit variance.
    return f"round({prepared}, {DIGITS}) AS feature_{feature.name}"
