"""Row shapes of cascades and influencers."""

from pyspark.sql.types import ArrayType

from conf.schemas.shapes import RUN, several, shape

# The same figure at the three weights of followers (models/influence/retweet_trees.py), or the ends of an interval.
RANGE = ("low", "mid", "high")


def ranged(*names: str) -> tuple[str, ...]:
    """`name_low`, `name_mid`, `name_high` of each name."""
    return tuple(f"{name}_{end}" for name in names for end in RANGE)


# One row per tweet with a parent. basis: reply or quote (observed), retweet (X names the root; the parent is the tweet
# that was retweeted). Of a retweet in an estimated tree: the most probable parent, the expected depth below the
# retweeted tweet, and the expected retweets below it; null elsewhere. root_id: the first tweet of the conversation;
# level: observed edges between the two.
GOLD_CASCADE_EDGES = shape(
    **several("tweet_id", "parent_id", "root_id", "basis", kind="string"),
    **several("author_key", "parent_author_key", kind="string"),
    brands="strings",
    created_at="timestamp",
    level="int",
    followers_count="long",
    likely_parent_id="string",
    parent_probability="double",
    **several(*ranged("depth", "credit"), kind="double"),
    **RUN,
)


# One row per brand and tweet that was replied to, quoted or retweeted. Three depths: observed_depth counts replies and
# quotes, mixed_depth also retweets as leaves, mean_depth and max_depth are estimates of the retweet tree. coverage:
# timed retweets / public count, 0..1. suppressed_because: few_retweets, low_coverage or
# unknown_root, null where there are estimates.
# virality: mean distance of two participants; observed of the whole conversation, of its first tweet only.
GOLD_CASCADES = shape(
    **several("brand", "tweet_id", "root_id", "author_key", "kind", "category", kind="string"),
    started_at="timestamp",
    **several("retweet_count", "timed_retweet_count", "reply_count", "quote_count", "size", kind="long"),
    coverage="double",
    **several("observed_depth", "mixed_depth", "mixed_breadth", kind="int"),
    mixed_virality="double",
    **several("half_seconds", "first_hour_share", kind="double"),
    **several(*ranged("mean_depth", "max_depth", "breadth", "virality"), kind="double"),
    suppressed_because="string",
    **RUN,
)


# A tweet of an influencer: how it fared, and what it complains about (null: no complaint).
BEST_POSTS = ArrayType(
    shape(
        tweet_id="string",
        created_at="timestamp",
        category="string",
        **several("retweet_count", "engagement_count", kind="long"),
    )
)


TOPICS = ArrayType(shape(name="string", **several("post_count", "engagement_count", kind="long")))


# One row per brand and author who tweeted about it in the window; retweeters of others have none. The four factors:
# retweet_count, like_count (likes received), followers_count, mixed_depth. estimated_depth: mean over the tweets with
# an estimate. downstream_credit: timed retweets of own tweets, and expected ones below own retweets. The network's
# figures (pagerank, audience, community) have their own network_as_of. score, rank and its 95 % bootstrap interval: of
# eligible authors alone; excluded_because: few_followers, few_posts, automated, brand_account, no_reactions.
GOLD_INFLUENCERS = shape(
    **several("brand", "author_key", kind="string"),
    **several("followers_count", "post_count", "retweet_count", "like_count", "engagement_count", kind="long"),
    timed_retweet_count="long",
    **several("mixed_depth", "observed_depth", kind="int"),
    **several("estimated_depth", "downstream_credit", "engagement_per_follower", kind="double"),
    h_index="long",
    **several("region", "top_topic", kind="string"),
    topics=TOPICS,
    posts=BEST_POSTS,
    **several("pagerank", "audience_uniqueness", kind="double"),
    audience_count="long",
    community="string",
    network_as_of="timestamp",
    excluded_because="string",
    score="double",
    **several("rank", "rank_low", "rank_high", kind="int"),
    model_version="string",
    **RUN,
)
