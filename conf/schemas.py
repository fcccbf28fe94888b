"""Every row shape of the product, declared once; `conform` is the contract at every table's door."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

_NAMED: dict[str, DataType] = {
    "text": StringType(),
    "texts": ArrayType(StringType()),
    "count": LongType(),
    "int": IntegerType(),
    "number": DoubleType(),
    "flag": BooleanType(),
    "at": TimestampType(),
    "on": DateType(),
    "bytes": BinaryType(),
}


def shape(**fields: str | DataType) -> StructType:
    """Build a StructType from names and types; a type is a word of `_NAMED` or a DataType."""
    return StructType(
        [StructField(name, _NAMED[kind] if isinstance(kind, str) else kind) for name, kind in fields.items()]
    )


def several(*names: str, kind: str) -> dict[str, str | DataType]:
    """The same type for several columns."""
    return dict.fromkeys(names, kind)


# Where a record stood: its offsets, and the input object it came from (absent on the live path).
OFFSETS: dict[str, str | DataType] = {"topic": "text", "partition": "int", "offset": "count"}
ORIGIN = OFFSETS | several("source", "position", kind="text")
RUN: dict[str, str | DataType] = {"run_id": "count", "as_of": "at"}

METRICS = shape(
    **several(
        "retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count", kind="count"
    )
)
# score is 0 (all negative) to 1 (all positive): positive + neutral / 2.
SENTIMENT = shape(label="text", **several("score", "negative", "neutral", "positive", kind="number"))
COMPLAINT = shape(is_complaint="flag", score="number")  # score is the probability of a complaint
CATEGORY = shape(label="text", score="number")  # score is the label's probability
# An entity stands at characters [begin, end) of the masked text, counted in code points.
ENTITIES = ArrayType(shape(type="text", text="text", begin="int", end="int", score="number"))
AUTHOR = shape(
    **several("followers_count", "following_count", "tweet_count", "listed_count", kind="count"),
    is_verified="flag",
    created_at="at",
    location="text",
)
PLACE = shape(**several("place_id", "full_name", "country_code", kind="text"), longitude="number", latitude="number")
HEADERS = ArrayType(shape(key="text", value="bytes"))

BRONZE_TWEETS = shape(
    **OFFSETS, key="bytes", value="bytes", headers=HEADERS, kafka_at="at", ingested_at="at", ingested_on="on"
)

BRONZE_COMPLIANCE = shape(
    **several("event_key", "kind", "tweet_id", "author_id", "reason", kind="text"),
    event_at="at",
    payload="text",
    **ORIGIN,
    kafka_at="at",
    ingested_at="at",
)

# What the collector missed: one row a gap once it is settled; spans as times, because an id may have to be erased.
BRONZE_COLLECTION_GAPS = shape(
    gap_id="count",
    **several("source", "cause", "detail", "state", "reason", kind="text"),
    **several("opened_at", "ended_at", "searched_from_at", "searched_to_at", "settled_at", kind="at"),
    found_count="count",
)
# What was read of X since the last row of this source and UTC day; the sum is what X bills.
BRONZE_API_READS = shape(read_on="on", source="text", read_count="count", cost_usd="number", written_at="at")

SILVER_TWEETS = shape(
    tweet_id="text",
    created_on="on",
    created_at="at",
    brands="texts",
    **several("author_key", "kind", "lang", "text", "text_hash", kind="text"),
    is_truncated="flag",
    **several("conversation_id", "replied_to_id", "quoted_id", "retweeted_id", "replied_to_author_key", kind="text"),
    mentioned_author_keys="texts",
    edit_history_ids="texts",
    metrics=METRICS,
    hashtags="texts",
    urls="texts",
    place=PLACE,
    author=AUTHOR,
    is_sensitive="flag",
    sentiment=SENTIMENT,
    subjectivity="number",
    complaint=COMPLAINT,
    category=CATEGORY,
    model_version="text",
    observed_at="at",
)

# What the annotator adds to a tweet; all of it follows from the text.
SCORED_COLUMNS = ("sentiment", "subjectivity", "complaint", "category", "model_version")

# Of tweets that complain: what their text names, an empty array where it names nothing.
SILVER_TWEET_ENTITIES = shape(
    tweet_id="text", created_on="on", text_hash="text", entities=ENTITIES, model_version="text", extracted_at="at"
)

SILVER_REJECTED_TWEETS = shape(
    **ORIGIN,
    **several("format", "tweet_id", "reason", "detail", kind="text"),
    payload_bytes="count",
    kafka_at="at",
    rejected_at="at",
    redriven_at="at",
)

# One row a record that an erasure took away or kept out: where it stood, nothing of what it said.
SILVER_ERASED_RECORDS = shape(**ORIGIN, erased_at="at")

# What may not come back. A key is an HMAC; `subject` and `cause_subject` are tweet or author: the cause is what the
# notice named, the subject what followed from it (a retweet, an author's tweet). `scrubbed_until`: of scrub_geo alone.
RESTRICTED_TOMBSTONES = shape(
    **several("subject", "subject_key", "kind", "cause_subject", "cause_key", kind="text"),
    event_at="at",
    scrubbed_until="at",
    newest_key="text",
)

# One row a notice. `removed` counts rows a table; the age is from heard_at to vacuumed_at, when the bytes were gone.
RESTRICTED_ERASURE_RECEIPTS = shape(
    **several("event_key", "kind", "subject", "subject_key", kind="text"),
    **several("event_at", "heard_at", "erased_at", "vacuumed_at", kind="at"),
    age_seconds="count",
    removed=MapType(StringType(), LongType()),
)

SILVER_METRIC_OBSERVATIONS = shape(tweet_id="text", observed_at="at", metrics=METRICS, **ORIGIN)

# Shares are 0..1; hours are 0..23 in UTC plus the configured offset.
GOLD_AUTHOR_PROFILES = shape(
    brand="text",
    author_key="text",
    tweet_count="count",
    first_tweet_at="at",
    last_tweet_at="at",
    active_days_count="count",
    **several(
        "sentiment_mean", "positive_share", "neutral_share", "negative_share", "subjectivity_mean", kind="number"
    ),
    **several("followers_count", "following_count", "account_tweet_count", kind="count"),
    is_verified="flag",
    account_age_days="count",
    **several("reply_share", "quote_share", "retweet_share", kind="number"),
    sentiment_trend="number",
    complaint_count="count",
    complaint_share="number",
    top_category="text",
    **several("top_category_share", "audience_ratio", kind="number"),
    region="text",
    **several("brands_count", "replied_authors_count", kind="count"),
    distinct_text_share="number",
    **several("is_bot_like", "is_brand_account", kind="flag"),
    active_hours_count="count",
    peak_hour="int",
    night_share="number",
    engagement_per_tweet="number",
    **RUN,
)

# How far a hop read the table that it follows, and under which settings and formulas; of the author keys: which secrets
# the lake's keys were made with.
OPS_PIPELINE_STATE = shape(
    hop="text",
    source_version="count",
    as_of="at",
    run_id="count",
    config_fingerprint="text",
    secret_count="count",
    secrets_fingerprint="text",
    is_rotating="flag",
)

GOLD_AUTHOR_SEGMENTS = shape(
    **several("brand", "author_key", "segment_id", kind="text"), distance_score="number", **RUN
)

# Indices are 0 and more, shares and means 0..1; verdict is stable, moderate or shifted.
GOLD_MODEL_DRIFT = shape(
    created_on="on",
    model_version="text",
    **several("tweet_count", "text_count", kind="count"),
    **several("sentiment_psi", "subjectivity_psi", "complaint_psi", "category_psi", kind="number"),
    **several("unknown_share", "empty_share", "confidence_mean", kind="number"),
    verdict="text",
    **RUN,
)


def conform(df: DataFrame, schema: StructType) -> DataFrame:
    """Select exactly `schema`'s columns, cast to its types; ValueError lists what `df` lacks or cannot hold.

    Extra columns are dropped. A cast between unlike kinds (a string into a number, say) is an error here
    rather than a column of nulls in the table.
    """
    given = {field.name: field.dataType for field in df.schema.fields}
    missing = [f"{field.name} is missing" for field in schema.fields if field.name not in given]
    wrong = [
        f"{field.name} is {given[field.name].simpleString()}, not {field.dataType.simpleString()}"
        for field in schema.fields
        if field.name in given and not _holds(given[field.name], field.dataType)
    ]
    if missing or wrong:
        raise ValueError("rows do not fit the table: " + "; ".join(missing + wrong))
    return df.select([F.col(field.name).cast(field.dataType).alias(field.name) for field in schema.fields])


def _holds(given: DataType, wanted: DataType) -> bool:
    """True where a cast keeps every value: the same kind, or any number into a number."""
    numeric = ("int", "bigint", "float", "double")
    if isinstance(given, StructType) and isinstance(wanted, StructType):
        return [field.name for field in given.fields] == [field.name for field in wanted.fields] and all(
            _holds(one.dataType, other.dataType) for one, other in zip(given.fields, wanted.fields, strict=True)
        )
    if isinstance(given, ArrayType) and isinstance(wanted, ArrayType):
        return _holds(given.elementType, wanted.elementType)
    names = (given.simpleString(), wanted.simpleString())
    return names[0] in (names[1], "void") or (names[0] in numeric and names[1] in numeric)
