"""Row shapes of the gold tables but for segments."""

from conf.schemas.shapes import RUN, several, shape

# Shares are 0..1; hours are 0..23 in UTC plus the configured offset.
GOLD_AUTHOR_PROFILES = shape(
    brand="string",
    author_key="string",
    tweet_count="long",
    first_tweet_at="timestamp",
    last_tweet_at="timestamp",
    active_days_count="long",
    **several(
        "sentiment_mean", "positive_share", "neutral_share", "negative_share", "subjectivity_mean", kind="double"
    ),
    **several("followers_count", "following_count", "account_tweet_count", kind="long"),
    is_verified="boolean",
    account_age_days="long",
    **several("reply_share", "quote_share", "retweet_share", kind="double"),
    sentiment_trend="double",
    complaint_count="long",
    complaint_share="double",
    top_category="string",
    **several("top_category_share", "audience_ratio", kind="double"),
    region="string",
    **several("brands_count", "replied_authors_count", kind="long"),
    distinct_text_share="double",
    **several("is_bot_like", "is_brand_account", kind="boolean"),
    active_hours_count="long",
    peak_hour="int",
    night_share="double",
    engagement_per_tweet="double",
    **RUN,
)


# Indices are 0 and more, shares and means 0..1; verdict is stable, moderate or shifted.
GOLD_MODEL_DRIFT = shape(
    created_on="date",
    model_version="string",
    **several("tweet_count", "text_count", kind="long"),
    **several("sentiment_psi", "subjectivity_psi", "complaint_psi", "category_psi", kind="double"),
    **several("unknown_share", "empty_share", "confidence_mean", kind="double"),
    verdict="string",
    **RUN,
)


# The effect of a campaign: the audience's change minus the control group's, in the unit of the outcome.
GOLD_CAMPAIGN_RESULTS = shape(
    **several("brand", "campaign", "segment_id", "outcome", kind="string"),
    **several("audience_count", "control_count", kind="long"),
    **several("effect", "effect_low", "effect_high", kind="double"),
    verdict="string",
    **RUN,
)
