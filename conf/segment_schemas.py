"""The row shapes of segments and of what is kept of their fits; the rest is in `conf.schemas`."""

from pyspark.sql.types import ArrayType, DoubleType

from conf.schemas import RUN, several, shape

# Exact means of the prepared features (models/segments/features.py) over the authors of each segment: for fits alone.
CENTROIDS = ArrayType(shape(segment_id="text", values=ArrayType(shape(feature="text", value="number"))))
# How far a prepared feature moved since the fit before, and its spread: edges of bins, share of the authors in each.
FEATURE_DRIFT = ArrayType(
    shape(feature="text", psi="number", edges=ArrayType(DoubleType()), shares=ArrayType(DoubleType()))
)

GOLD_SEGMENTS = shape(
    **several("brand", "segment_id", "name", "description", kind="text"),
    author_count="count",
    author_share="number",
    tweet_count="count",
    **several(
        "sentiment_mean",
        "subjectivity_mean",
        "followers_median",
        "tweets_per_author",
        "reply_share",
        "quote_share",
        "retweet_share",
        "engagement_per_tweet",
        "silhouette_score",
        "complaint_share",
        "night_share",
        "reach_share",
        "favourable_voice_share",
        kind="number",
    ),
    **several("recommendation", "persona", "change_summary", kind="text"),
    top_categories="texts",
    model_version="text",
    **RUN,
)

# How a segment was on a day: what later weeks are compared with.
GOLD_SEGMENT_HISTORY = shape(
    **several("brand", "segment_id", kind="text"),
    measured_on="on",
    author_count="count",
    **several("author_share", "sentiment_mean", "complaint_share", kind="number"),
    **RUN,
)

# What a fit made of the segments before: born, died, kept, split into or merged from other_ids; returned: there again
# after fits that found no structure. Both numbers are 0..1.
GOLD_SEGMENT_EVENTS = shape(
    **several("brand", "segment_id", "event", kind="text"),
    other_ids="texts",
    **several("member_overlap", "centroid_distance", kind="number"),
    model_version="text",
    **RUN,
)

# One row a fit. `reason`: why there are no segments; rand_index: agreement with the segments before, 1 if nobody moved;
# last_number: the highest number that an id of the brand ever had.
GOLD_SEGMENT_FITS = shape(
    brand="text",
    author_count="count",
    segment_count="int",
    **several("method", "reason", "model_version", kind="text"),
    **several("silhouette_score", "stability_score", "agreement_score", "rand_index", kind="number"),
    features=FEATURE_DRIFT,
    centroids=CENTROIDS,
    last_number="int",
    **RUN,
)
