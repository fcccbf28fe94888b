"""Row shapes of a brand's figures over time."""

from pyspark.sql.types import ArrayType

from conf.schemas.shapes import RUN, several, shape

# A share of the window's authors, 0..1.
AUTHOR_SHARES = ArrayType(shape(name="string", share="double"))


# One row per brand and window. tweet_count and share_of_voice are operations figures and always there; of a window with
# too few authors all others are null. Shares and means are 0..1 and count every author once; `_low` and `_high` are the
# ends of the 95 % interval.
GOLD_BRAND_TRENDS = shape(
    **several("brand", "window", kind="string"),
    **several("started_at", "ended_at", kind="timestamp"),
    tweet_count="long",
    share_of_voice="double",
    **several("author_count", "scored_author_count", kind="long"),
    **several(
        *(f"{name}{end}" for name in ("positive_share", "negative_share") for end in ("", "_low", "_high")),
        "neutral_share",
        *(f"{name}{end}" for name in ("sentiment_mean", "complaint_share") for end in ("", "_low", "_high")),
        "engagement_per_tweet",
        kind="double",
    ),
    categories=AUTHOR_SHARES,
    languages=AUTHOR_SHARES,
    regions=AUTHOR_SHARES,
    **RUN,
)
