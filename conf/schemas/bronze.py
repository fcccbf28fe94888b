"""Row shapes of the bronze tables: what was received."""

from pyspark.sql.types import ArrayType

from conf.schemas.shapes import OFFSETS, ORIGIN, several, shape

HEADERS = ArrayType(shape(key="string", value="bytes"))


BRONZE_TWEETS = shape(
    **OFFSETS,
    key="bytes",
    value="bytes",
    headers=HEADERS,
    kafka_at="timestamp",
    ingested_at="timestamp",
    ingested_on="date",
)


BRONZE_COMPLIANCE = shape(
    **several("event_key", "kind", "tweet_id", "author_id", "reason", kind="string"),
    event_at="timestamp",
    payload="string",
    **ORIGIN,
    kafka_at="timestamp",
    ingested_at="timestamp",
)


# What the collector missed: one row a gap once it is settled; spans as times, because an id may have to be erased.
BRONZE_COLLECTION_GAPS = shape(
    gap_id="long",
    **several("source", "cause", "detail", "state", "reason", kind="string"),
    **several("opened_at", "ended_at", "searched_from_at", "searched_to_at", "settled_at", kind="timestamp"),
    found_count="long",
)


# What was read of X since the last row of this source and UTC day; the sum is what X bills.
BRONZE_API_READS = shape(read_on="date", source="string", read_count="long", cost_usd="double", written_at="timestamp")
