"""The row shapes of what is known of people by name, and of campaigns; the rest is in `conf.schemas`."""

from conf.schemas import RUN, several, shape

# Who called a brand by its handle, under which the person may ask what is held.
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

# Who is in a campaign's audience, and who is held back.
RESTRICTED_CAMPAIGN_MEMBERS = shape(
    **several("campaign", "author_key", "brand", "segment_id", kind="text"),
    is_control="flag",
    purpose="text",
    started_at="at",
)
# What a campaign did: the effect is the audience's change less the control's, in the outcome's own unit.
GOLD_CAMPAIGN_RESULTS = shape(
    **several("brand", "campaign", "segment_id", "outcome", kind="text"),
    **several("audience_count", "control_count", kind="count"),
    **several("effect", "effect_low", "effect_high", kind="number"),
    verdict="text",
    **RUN,
)
