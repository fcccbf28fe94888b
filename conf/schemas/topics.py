"""Row shapes of topics: flags of tweets, the cleaning report, topics, their events and their figures over time."""

from conf.schemas.shapes import RUN, several, shape
from conf.schemas.trends import AUTHOR_SHARES, GOLD_BRAND_TRENDS

# Tweets with a reason not to count as something said about the brand (models/topics/cleaning.py); others have no row.
GOLD_TWEET_FLAGS = shape(**several("brand", "tweet_id", kind="string"), created_on="date", reasons="strings", **RUN)

# Tweets of a day per reason; `first_count`: those whose first reason it is. `raw` and `usable` count all, and those
# without a reason.
GOLD_CLEANING_REPORT = shape(
    brand="string", created_on="date", reason="string", **several("tweet_count", "first_count", kind="long"), **RUN
)

# The topic of a tweet and its share of it, 0.4..1; tweets without a topic have no row.
GOLD_TWEET_TOPICS = shape(
    **several("brand", "tweet_id", kind="string"), created_on="date", topic_id="string", topic_share="double", **RUN
)

# A brand's topics, of the tweets of the last `days`. `terms`: the most typical first, each used by 100 authors or more.
# tweet_share: of the usable tweets. coherence: c_v of the fit.
GOLD_TOPICS = shape(
    **several("brand", "topic_id", "name", kind="string"),
    terms="strings",
    **several("author_count", "tweet_count", kind="long"),
    **several("tweet_share", "sentiment_mean", "complaint_share", "coherence", kind="double"),
    segments=AUTHOR_SHARES,
    **several("born_at", "fitted_at", kind="timestamp"),
    model_version="string",
    **RUN,
)

# What a fit made of the topics before, as gold.segment_events; `emerged`: found between two fits.
GOLD_TOPIC_EVENTS = shape(
    **several("brand", "topic_id", "event", kind="string"),
    other_ids="strings",
    **several("tweet_overlap", "term_distance", kind="double"),
    model_version="string",
    **RUN,
)

# gold.brand_trends with one dimension more; only windows that show figures. share_of_voice is the topic's share of the
# brand's usable tweets of the window, counts are rounded to 5. topic_id `none`: tweets without a topic.
GOLD_TOPIC_TRENDS = shape(
    brand="string", topic_id="string", **{field.name: field.dataType for field in GOLD_BRAND_TRENDS.fields[1:]}
)
