"""Row shapes of the silver tables: parsed, masked and scored tweets."""

from pyspark.sql.types import ArrayType

from conf.schemas.shapes import METRICS, OFFSETS, ORIGIN, several, shape

# score is 0 (all negative) to 1 (all positive): positive + neutral / 2.
SENTIMENT = shape(label="string", **several("score", "negative", "neutral", "positive", kind="double"))


COMPLAINT = shape(is_complaint="boolean", score="double")  # score is the probability of a complaint


CATEGORY = shape(label="string", score="double")  # score is the label's probability


# An entity stands at characters [begin, end) of the masked text, counted in code points.
ENTITIES = ArrayType(shape(type="string", text="string", begin="int", end="int", score="double"))


AUTHOR = shape(
    **several("followers_count", "following_count", "tweet_count", "listed_count", kind="long"),
    is_verified="boolean",
    created_at="timestamp",
    location="string",
)


PLACE = shape(**several("place_id", "full_name", "country_code", kind="string"), longitude="double", latitude="double")


# The offsets are those of the last record that changed the row.
SILVER_TWEETS = shape(
    tweet_id="string",
    created_on="date",
    created_at="timestamp",
    brands="strings",
    **several("author_key", "kind", "lang", "text", "text_hash", kind="string"),
    is_truncated="boolean",
    **several("conversation_id", "replied_to_id", "quoted_id", "retweeted_id", "replied_to_author_key", kind="string"),
    mentioned_author_keys="strings",
    edit_history_ids="strings",
    metrics=METRICS,
    hashtags="strings",
    urls="strings",
    place=PLACE,
    author=AUTHOR,
    is_sensitive="boolean",
    sentiment=SENTIMENT,
    subjectivity="double",
    complaint=COMPLAINT,
    category=CATEGORY,
    model_version="string",
    observed_at="timestamp",
    **OFFSETS,
)


# The columns that the annotator adds; they depend on the text alone.
SCORED_COLUMNS = ("sentiment", "subjectivity", "complaint", "category", "model_version")


# Of tweets that complain: what their text names, an empty array where it names nothing.
SILVER_TWEET_ENTITIES = shape(
    tweet_id="string",
    created_on="date",
    text_hash="string",
    entities=ENTITIES,
    model_version="string",
    extracted_at="timestamp",
)


SILVER_REJECTED_TWEETS = shape(
    **ORIGIN,
    **several("format", "tweet_id", "reason", "detail", kind="string"),
    payload_bytes="long",
    kafka_at="timestamp",
    rejected_at="timestamp",
    redriven_at="timestamp",
)


# One row per record that an erasure deleted or blocked: its origin, nothing of its content.
SILVER_ERASED_RECORDS = shape(**ORIGIN, erased_at="timestamp")


SILVER_METRIC_OBSERVATIONS = shape(tweet_id="string", observed_at="timestamp", metrics=METRICS, **ORIGIN)
