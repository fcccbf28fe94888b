"""Row shape of alerts: one row per incident."""

from conf.schemas.shapes import several, shape

# `kind`: volume_spike, sentiment_drop, complaint_surge, silence, new_topic, or rule (then rule_id and rule_version say
# which). observed, expected, low and high: of the figure at the peak, counts of an hour or means 0..1. Times are of
# what happened, detected_at of when it was seen; ended_at is null while it lasts. Terms and topics: of 100 authors or
# more.
GOLD_ALERTS = shape(
    **several("alert_id", "brand", "kind", "rule_id", kind="string"),
    rule_version="long",
    **several("started_at", "detected_at", "peak_at", "ended_at", kind="timestamp"),
    **several("observed", "expected", "expected_low", "expected_high", kind="double"),
    **several("tweet_count", "author_count", kind="long"),
    **several("terms", "topics", kind="strings"),
    cause="string",
    as_of="timestamp",
)
