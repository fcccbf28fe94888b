"""Row shapes of the ticket tables: candidates, what masking hid of them, and the desk's events and corrections."""

from pyspark.sql.types import ArrayType

from conf.schemas.shapes import OFFSETS, several, shape

# A tweet that the desk looks at. role: complaint (may open a ticket), comment (a later tweet of a conversation that
# has a complaint), brand_reply (an answer of the brand's own account), original (the earlier tweet that a complaint
# answers, or that began its conversation). aim: mention, reply or rule. The keys are HMACs under the author-key
# secrets; problem_key joins near-identical texts of many authors, null where there are few; similar_keys are hashes by
# which such texts are found. region: the country code of the tweet's place. offsets: where bronze.tweets has the
# payload; received_at: its Kafka timestamp.
GOLD_TICKET_CANDIDATES = shape(
    **several("candidate_key", "brand", "tweet_id", "tweet_key", kind="string"),
    **several("conversation_key", "problem_key", "author_key", "role", "aim", kind="string"),
    **several("conversation_id", "replied_to_id", "lang", "region", "text", "text_hash", "category", kind="string"),
    **several("sentiment_score", "complaint_score", kind="double"),
    followers_count="long",
    created_on="date",
    **several("created_at", "received_at", "found_at", kind="timestamp"),
    **OFFSETS,
    model_version="string",
    similar_keys="strings",
)


# What the recognisers found in the text before it was masked. kind: order, booking, flight, amount …
RESTRICTED_TICKET_DETAILS = shape(
    tweet_id="string",
    created_on="date",
    details=ArrayType(shape(kind="string", text="string")),
    extracted_at="timestamp",
)


# What happened to a ticket: opened, commented, routed, assigned, answered, solved, reopened, breached, delivered …
# tweet_id: the tweet that opened the ticket, by which an erasure finds its events. The values contain no free text.
GOLD_TICKET_EVENTS = shape(
    **several("event_key", "ticket_key", "brand", "tweet_id", "kind", kind="string"),
    **several("from_value", "to_value", "actor_role", kind="string"),
    **several("team", "priority", "category", kind="string"),
    **several("occurred_at", "archived_at", kind="timestamp"),
)


# What an agent corrected of what the models decided about a tweet: is_complaint, category, priority.
GOLD_FEEDBACK = shape(
    **several("feedback_key", "brand", "tweet_id", "field", "from_value", "to_value", "model_version", kind="string"),
    **several("corrected_at", "archived_at", kind="timestamp"),
)
