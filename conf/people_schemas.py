"""The schemas of restricted data about people, and of campaigns; the others are in `conf.schemas`."""

from conf.schemas import RUN, several, shape

# Authors who mentioned a brand by its handle; for data-subject requests and audiences.
RESTRICTED_AUTHOR_IDENTITIES = shape(
    **several("author_key", "author_id", "handle", kind="text"), brands="texts", seen_at="at"
)
# One row per author each time that somebody's data was looked up, exported or opted out. object_count: whole posts
# exported; exported_to: the file or folder, emptied once it is deleted.
RESTRICTED_AUDIT_LOG = shape(
    occurred_at="at",
    **several("action", "actor", "purpose", "subject_key", kind="text"),
    **several("row_count", "object_count", kind="count"),
    exported_to="text",
)

# Authors in a campaign's audience, and its control group (holdout).
RESTRICTED_CAMPAIGN_MEMBERS = shape(
    **several("campaign", "author_key", "brand", "segment_id", kind="text"),
    is_control="flag",
    purpose="text",
    started_at="at",
)
# The effect of a campaign: the audience's change minus the control group's, in the unit of the outcome.
GOLD_CAMPAIGN_RESULTS = shape(
    **several("brand", "campaign", "segment_id", "outcome", kind="text"),
    **several("audience_count", "control_count", kind="count"),
    **several("effect", "effect_low", "effect_high", kind="number"),
    verdict="text",
    **RUN,
)
