"""Row shapes of segments and of what is stored about their fits."""

from pyspark.sql.types import ArrayType, DoubleType

from conf.schemas.shapes import RUN, several, shape

GOLD_AUTHOR_SEGMENTS = shape(
    **several("brand", "author_key", "segment_id", kind="string"), distance_score="double", **RUN
)


# Exact means of the prepared features (models/segments/features.py) over the authors of each segment: for fits alone.
CENTROIDS = ArrayType(shape(segment_id="string", values=ArrayType(shape(feature="string", value="double"))))


# How far a prepared feature moved since the fit before, and its spread: edges of bins, share of the authors in each.
FEATURE_DRIFT = ArrayType(
    shape(feature="string", psi="double", edges=ArrayType(DoubleType()), shares=ArrayType(DoubleType()))
)


GOLD_SEGMENTS = shape(
    **several("brand", "segment_id", "name", "description", kind="string"),
    author_count="long",
    author_share="double",
    tweet_count="long",
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
        kind="double",
    ),
    **several("recommendation", "persona", "change_summary", kind="string"),
    top_categories="strings",
    model_version="string",
    **RUN,
)


# The state of a segment on a day, with which later weeks are compared.
GOLD_SEGMENT_HISTORY = shape(
    **several("brand", "segment_id", kind="string"),
    measured_on="date",
    author_count="long",
    **several("author_share", "sentiment_mean", "complaint_share", kind="double"),
    **RUN,
)


# What a fit made of the segments before: born, died, kept, split into or merged from other_ids; returned: there again
# after fits that found no structure. Both numbers are 0..1.
GOLD_SEGMENT_EVENTS = shape(
    **several("brand", "segment_id", "event", kind="string"),
    other_ids="strings",
    **several("member_overlap", "centroid_distance", kind="double"),
    model_version="string",
    **RUN,
)


# One row a fit. `reason`: why there are no segments; rand_index: agreement with the segments before, 1 if nobody moved;
# last_number: the highest number that an id of the brand ever had.
GOLD_SEGMENT_FITS = shape(
    brand="string",
    author_count="long",
    segment_count="int",
    **several("reason", "model_version", kind="string"),
    **several("silhouette_score", "stability_score", "agreement_score", "rand_index", kind="double"),
    features=FEATURE_DRIFT,
    centroids=CENTROIDS,
    last_number="int",
    **RUN,
)
