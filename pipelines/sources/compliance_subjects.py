"""bronze.compliance rows -> subjects and actions of each notice: the table of docs/explanation/erasure.md as code."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from conf.privacy import AUTHOR, EDIT, SCRUB, TWEET
from pipelines.sources.x.clock import EPOCH_MS, SEQUENCE_BITS

ERASING = ("delete", "drop", "withhold", "withhold_author", "delete_author", "protect", "suspend", "opt_out", EDIT)
LIFTING = {"undrop": "drop", "undelete_author": "delete_author", "unprotect": "protect", "unsuspend": "suspend"}
ACTING = (*ERASING, *LIFTING, SCRUB)
UNKNOWN = "unknown"
_UP_TO = r'"up_to_(?:tweet|post|status)_id(?:_str)?"\s*:\s*"?([0-9]+)'
_VERSIONS = ("edit_tweet_ids", "edit_post_ids")


def parse_subjects(notices: DataFrame) -> DataFrame:
    """BRONZE_COMPLIANCE rows -> [event_key, kind, event_at, subject, subject_id, newest_id, scrubbed_until], ids plain.

    One row per subject (tweet or author); for an edit one per older version, with the newest in `newest_id`; none for
    kinds without an action. A notice that names a tweet is about that tweet only.
    """
    named = F.array(F.coalesce("tweet_id", "author_id"))
    versions, newest = _versions()
    older = F.filter(versions, lambda each: each != newest)
    ids = F.when(F.col("kind") == EDIT, older).when(F.col("kind").isin(*ACTING), named)
    is_tweet = F.col("tweet_id").isNotNull() | (F.col("kind") == EDIT)
    return notices.select(
        *("event_key", "kind", "event_at"),
        F.when(is_tweet, TWEET).otherwise(AUTHOR).alias("subject"),
        F.explode(F.array_compact(ids)).alias("subject_id"),
        F.when(F.col("kind") == EDIT, newest).alias("newest_id"),
        F.when(F.col("kind") == SCRUB, F.coalesce(_up_to(), "event_at")).alias("scrubbed_until"),
    )


def lifted_kind(kind: Column) -> Column:
    """The kind that a revoking kind lifts; null for any other."""
    return F.create_map(*(F.lit(text) for pair in LIFTING.items() for text in pair))[kind]


def _versions() -> tuple[Column, Column]:
    """All versions that an edit names, and the newest: ids grow, so the longest, then the largest."""
    members = [F.from_json(_member(name), "array<string>") for name in _VERSIONS]
    listed = F.coalesce(*members, F.array().cast("array<string>"))
    named = F.array_compact(F.concat(listed, F.array("tweet_id", _member("initial_tweet_id"))))
    newest = F.array_max(F.transform(named, lambda each: F.struct(F.length(each).alias("length"), each.alias("id"))))
    return F.array_distinct(named), newest["id"]


def _member(name: str) -> Column:
    return F.coalesce(*(F.get_json_object("payload", f"$.{at}tweet_edit.{name}") for at in ("data.", "")))


def _up_to() -> Column:
    """The creation time of the last tweet whose place is scrubbed."""
    number = F.nullif(F.regexp_extract("payload", _UP_TO, 1), F.lit("")).cast("bigint")
    return F.timestamp_millis(F.shiftright(number, SEQUENCE_BITS) + F.lit(EPOCH_MS))
