"""Tweets -> figures of a brand per window, in which every author counts once.

An author's share or mean is taken first, then the mean over the authors: a person who tweets a hundred times moves a
figure as little as anybody else, so that rounding hides it, and the standard error of that mean gives the 95 % interval
(mean +- 1.96 s / sqrt(n); the tweets of one author are not independent, authors are taken to be).

Engagement is the mean of replies, likes, retweets and quotes of an author's own tweets as last observed, capped at the
window's own quantiles TAILS. Categories, languages and regions are shares of the window's authors; those with fewer
than K are not shown (`keep_large_cells`), and one author may have several.

`by` names what the figures are of: a brand, or one of its topics, too (models/trends/topic_figures.py).
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from models.annotation.drift_columns import exact_mean
from models.privacy.anonymity import ACCURACY, keep_large_cells, round_figures
from models.privacy.limits import SHARE_DECIMALS, TAILS, K
from models.profiles.author_features import REPORTABLE_CATEGORIES, own_engagement, with_brand
from models.trends.windows import with_shown

BRAND = ("brand",)
TIME = ("window", "started_at")
OPINIONS = ("positive_share", "neutral_share", "negative_share", "sentiment_mean", "complaint_share")
WITH_INTERVAL = ("positive_share", "negative_share", "sentiment_mean", "complaint_share")
LISTS = ("categories", "languages", "regions")
COMPETITORS = ":competitors"
SHOWN = {"author_count": "is_shown", "scored_author_count": "has_opinions", "engaged_author_count": "has_engagement"}
"""The counts of authors that figures are of, and the column that says whether a window shows them."""
NORMAL_95 = 1.959964
ENGAGEMENT = "engagement_per_tweet"


def summarise_brands(authors: DataFrame, k: int = K, by: Sequence[str] = BRAND) -> DataFrame:
    """Rows of `summarise_authors` -> one row per `by` and window, suppressed and rounded, where there is a tweet."""
    windows = summarise_windows(authors, by).where("tweet_count > 0")
    rows = with_shown(windows, SHOWN, k, by).join(summarise_lists(authors, k, by), [*by, *TIME], how="left")
    return rows.transform(with_shares).transform(hide_figures).transform(round_all)


def with_mentioned_brand(tweets: DataFrame) -> DataFrame:
    """One row per tweet and brand, with `is_own`: false where it mentions a competitor of the brand instead."""
    slug = F.regexp_replace("brand", f"{COMPETITORS}$", "")
    is_own = ~F.col("brand").endswith(COMPETITORS)
    return tweets.transform(with_brand).withColumns({"is_own": is_own, "brand": slug})


def summarise_authors(tweets: DataFrame, by: Sequence[str] = BRAND) -> DataFrame:
    """One row per window and author; the author is null where it is unknown, and for tweets about competitors."""
    label, complains = F.col("sentiment.label"), F.col("complaint.is_complaint")
    is_reportable = F.col("category.label").isin(*REPORTABLE_CATEGORIES)
    shares = [
        exact_mean(F.when(label.isNotNull(), (label == name).cast("int"))).alias(f"{name}_share")
        for name in ("positive", "neutral", "negative")
    ]
    author = F.when(F.col("is_own"), F.col("author_key")).alias("author_key")
    return tweets.groupBy(*by, *TIME, "ended_at", author).agg(
        F.count_if("is_own").alias("tweet_count"),
        F.count_if(~F.col("is_own")).alias("competitor_count"),
        *shares,
        exact_mean(F.col("sentiment.score")).alias("sentiment_mean"),
        exact_mean(complains.cast("int")).alias("complaint_share"),
        exact_mean(own_engagement()).alias(ENGAGEMENT),
        F.collect_set(F.when(complains & is_reportable, F.col("category.label"))).alias("categories"),
        F.collect_set("lang").alias("languages"),
        F.collect_set("place.country_code").alias("regions"),
    )


def summarise_windows(authors: DataFrame, by: Sequence[str] = BRAND) -> DataFrame:
    """One row per window: counts, and the mean of every figure over the authors, with its interval."""
    known = F.col("author_key").isNotNull()
    ends = F.percentile_approx(ENGAGEMENT, list(TAILS), ACCURACY).over(Window.partitionBy(*by, *TIME))
    capped = authors.withColumn("_ends", ends).withColumn(
        ENGAGEMENT,
        F.when(F.col(ENGAGEMENT).isNotNull(), F.least(F.greatest(ENGAGEMENT, F.col("_ends")[0]), F.col("_ends")[1])),
    )
    of_authors = {name: F.when(known, F.col(name)) for name in (*OPINIONS, ENGAGEMENT)}
    own, others = F.sum("tweet_count"), F.sum("competitor_count")
    means = [exact_mean(value).alias(name) for name, value in of_authors.items()]
    errors = [_error(of_authors[name]).alias(f"{name}_error") for name in WITH_INTERVAL]
    return capped.groupBy(*by, *TIME, "ended_at").agg(
        own.alias("tweet_count"),
        F.when(others > 0, own / (own + others)).alias("share_of_voice"),
        F.count("author_key").alias("author_count"),
        F.count(of_authors["sentiment_mean"]).alias("scored_author_count"),
        F.count(of_authors[ENGAGEMENT]).alias("engaged_author_count"),
        *means,
        *errors,
    )


def summarise_lists(authors: DataFrame, k: int, by: Sequence[str] = BRAND) -> DataFrame:
    """One row per window: categories, languages and regions, each as {name, count} of at least `k` authors."""
    cells = (
        authors.where("author_key IS NOT NULL")
        .withColumn("_cell", F.explode(F.concat(*map(_named_by_list, LISTS))))
        .groupBy(*by, *TIME, "_cell.list", "_cell.name")
        .agg(F.count("*").alias("count"))
    )
    large = keep_large_cells(cells, (*by, *TIME, "list"), "count", k, are_disjoint=False)
    cell = F.struct("name", "count")
    lists = [F.collect_list(F.when(F.col("list") == name, cell)).alias(name) for name in LISTS]
    return large.groupBy(*by, *TIME).agg(*lists)


def with_shares(windows: DataFrame) -> DataFrame:
    """LISTS as {name, share of the authors}, the largest first."""

    def ordered(cell: Column) -> Column:
        # Sorted by what is published: the order of equal shares must not reveal which is larger.
        share = F.round(cell["count"] / F.col("author_count"), SHARE_DECIMALS)
        return F.struct((-share).alias("order"), cell["name"].alias("name"), share.alias("share"))

    lists = {name: F.sort_array(F.transform(name, ordered)) for name in LISTS}
    plain = {
        name: F.transform(cells, lambda each: F.struct(each["name"].alias("name"), each["share"].alias("share")))
        for name, cells in lists.items()
    }
    return windows.withColumns(plain)


def hide_figures(windows: DataFrame) -> DataFrame:
    """Null in place of every figure that too few authors stand behind; adds the ends of the intervals."""
    is_shown, opinions, engaged = map(F.col, SHOWN.values())
    ends = {
        f"{name}_{end}": F.least(
            F.greatest(F.col(name) + sign * NORMAL_95 * F.col(f"{name}_error"), F.lit(0.0)), F.lit(1.0)
        )
        for name in WITH_INTERVAL
        for end, sign in (("low", -1), ("high", 1))
    }
    figures = {name: F.col(name) for name in OPINIONS} | ends | {"scored_author_count": F.col("scored_author_count")}
    shown = {name: F.when(opinions, value) for name, value in figures.items()}
    shown |= {name: F.when(is_shown, F.col(name)) for name in ("author_count", *LISTS)}
    shown[ENGAGEMENT] = F.when(engaged, F.col(ENGAGEMENT))
    return windows.withColumns(shown)


def round_all(windows: DataFrame) -> DataFrame:
    """Rounded as every aggregate (models/privacy/anonymity.py); tweet_count is exact."""
    ends = [f"{name}_{end}" for name in WITH_INTERVAL for end in ("low", "high")]
    shares = (*OPINIONS, *ends, "share_of_voice")
    return round_figures(windows, ("author_count", "scored_author_count"), shares, (ENGAGEMENT,))


def _named_by_list(name: str) -> Column:
    return F.transform(name, lambda each: F.struct(F.lit(name).alias("list"), each.alias("name")))


def _error(value: Column) -> Column:
    """The standard error of the mean, from exact sums."""
    count = F.count(value)
    variance = (
        (exact_mean(value * value) - exact_mean(value) * exact_mean(value)) * count / F.nullif(count - 1, F.lit(0))
    )
    return F.sqrt(F.greatest(variance, F.lit(0.0)) / count)
