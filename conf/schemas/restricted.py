"""Row shapes of the restricted tables: identities, campaign members, audit log, tombstones, receipts."""

from pyspark.sql.types import LongType, MapType, StringType

from conf.schemas.shapes import several, shape

# Subjects that the stream blocks. A key is an HMAC; `subject` and `cause_subject` are tweet or author: the
# cause is what the notice named, the subject what it cascades to (a retweet, an author's tweet). `scrubbed_until`: only
# for scrub_geo.
RESTRICTED_TOMBSTONES = shape(
    **several("subject", "subject_key", "kind", "cause_subject", "cause_key", kind="string"),
    event_at="timestamp",
    scrubbed_until="timestamp",
    newest_key="string",
)


# One row per notice. `removed` counts rows per table; the age is from heard_at to the deletion of the bytes.
RESTRICTED_ERASURE_RECEIPTS = shape(
    **several("event_key", "kind", "subject", "subject_key", kind="string"),
    **several("event_at", "heard_at", "erased_at", "vacuumed_at", kind="timestamp"),
    age_seconds="long",
    removed=MapType(StringType(), LongType()),
)


# Authors who mentioned a brand by its handle; for data-subject requests and audiences.
RESTRICTED_AUTHOR_IDENTITIES = shape(
    **several("author_key", "author_id", "handle", kind="string"), brands="strings", seen_at="timestamp"
)


# One row per author each time that somebody's data was looked up, exported or opted out. object_count: whole posts
# exported; exported_to: the file or folder, emptied once it is deleted.
RESTRICTED_AUDIT_LOG = shape(
    occurred_at="timestamp",
    **several("action", "actor", "purpose", "subject_key", kind="string"),
    **several("row_count", "object_count", kind="long"),
    exported_to="string",
)


# Authors in a campaign's audience, and its control group (holdout).
RESTRICTED_CAMPAIGN_MEMBERS = shape(
    **several("campaign", "author_key", "brand", "segment_id", kind="string"),
    is_control="boolean",
    purpose="string",
    started_at="timestamp",
)
