"""docs/reference/tables.md: the map of the lake (conf/tables.py), and the columns of each table."""

from conf.tables import TABLES, Table
from tools.docs.markdown import code, escape, page, table

INTRO = """\
Delta tables under `lake.path`. Zones: *aggregate* data identifies nobody, *purpose* data is for roles, *restricted*
data for jobs and audited look-ups ([privacy](../explanation/privacy.md)). Times are UTC, ids are text, shares are 0
to 1."""
ROWS = {
    "bronze.tweets": "a Kafka record as received",
    "bronze.compliance": "a notice: a tweet or an account was deleted, edited, protected or withheld",
    "bronze.collection_gaps": "a settled gap of the stream: its cause, its time, what was repaired",
    "bronze.api_reads": "what one source read of X on one day since its last row, and the price",
    "silver.tweets": "a tweet: masked text, author key, metrics, language, sentiment, complaint, category",
    "silver.tweet_entities": "a customer's tweet in a ticket: people, places, organisations and products in its text",
    "silver.rejected_tweets": "a record that could not be parsed, with the reason",
    "silver.metric_observations": "one observation of a tweet's public metrics",
    "silver.erased_records": "the position of a record that an erasure deleted or blocked; nothing of its content",
    "restricted.author_identities": "account id and handle of an author who mentioned a brand, or is an influencer",
    "restricted.campaign_members": "an author in a campaign's audience or in its holdout",
    "restricted.audit_log": "a look-up, export or opt-out of a person: who did it, why, and the file",
    "restricted.tombstones": "something that must not be re-ingested, by HMAC",
    "restricted.erasure_receipts": "what an erasure deleted for one notice, where and when",
    "gold.author_profiles": "an author of a brand ([every figure explained](../explanation/author-profiles.md))",
    "gold.author_profile_history": "a state that a profile had",
    "gold.author_segments": "the segment of an author of a brand",
    "gold.segments": "a segment of a brand, now",
    "gold.segment_history": "a segment of a brand on one day",
    "gold.segment_events": "what a fit made of a segment: born, died, kept, split, merged, returned",
    "gold.segment_fits": "a fit of a brand's segments: criteria, exact centroids, drift of each feature",
    "gold.brand_trends": "a brand in a window of time: hour, six hours, day or week",
    "gold.tweet_flags": "why a tweet of a brand says nothing: copy, promotion, bot, giveaway, off brand …",
    "gold.cleaning_report": "a step of the funnel of a day: tweets that a reason left out, or usable ones",
    "gold.tweet_topics": "the topic of a usable tweet of a brand",
    "gold.topics": "a topic of a brand: name, terms, share",
    "gold.topic_events": "what a fit made of a topic: born, died, kept, split, merged",
    "gold.topic_trends": "a topic of a brand in a window of time",
    "gold.alerts": "an incident: kind, start, peak, end, evidence and likely cause",
    "gold.cascade_edges": "a reply, quote or retweet, and what it hangs below: observed, and estimated for a retweet",
    "gold.cascades": "a tweet of a brand that was reacted to: its depths, coverage and speed",
    "gold.influencers": "an author with tweets about a brand: factors, network, score, rank and its interval",
    "gold.campaign_results": "the effect of a campaign on one outcome",
    "gold.model_drift": "a day of an annotator version: how far its scores moved from those on its training data",
    "gold.ticket_candidates": "a complaint about a brand, or a tweet of its conversation",
    "restricted.ticket_details": "what the text of a candidate named before it was masked: orders, flights, amounts",
    "gold.ticket_events": "something that happened to a ticket",
    "gold.feedback": "what an agent corrected of the models' decisions about a tweet",
    "ops.pipeline_state": "how far a hop has read the table that it follows",
}
"""What one row of each table is."""
ERASURE = {
    "tweet_id": "rows of the tweet are deleted",
    "author_key": "rows of the author are deleted",
    "author_id": "rows of the account are deleted",
    "offsets": "records that name the tweet or the author are deleted",
    "redacted": "the row stays without what identifies somebody",
    "recomputed": "the next run computes it from tables without the erased rows",
    "exempt": "contains no id and no text",
}


def render_tables() -> str:
    """The page: an overview by layer, then the columns of each table."""
    overview = table(("table", "one row is", "zone"), [(_link(name), ROWS[name], TABLES[name].zone) for name in ROWS])
    return page("Tables", INTRO, overview, *(_describe(name, TABLES[name]) for name in ROWS))


def _link(name: str) -> str:
    return f"[{name}](#{name.replace('.', '')})"


def _describe(name: str, entry: Table) -> str:
    facts = [
        f"- Key: {', '.join(code(column) for column in entry.key)}",
        f"- Retention: {_retention(entry)}",
        f"- Erasure: {ERASURE[entry.erasure]}",
        f"- Change feed: {'yes' if entry.change_feed else 'no'}",
    ]
    columns = [(code(field.name), code(field.dataType.simpleString())) for field in entry.schema.fields]
    return "\n\n".join([f"## {name}", "\n".join(facts), table(("column", "type"), columns)])


def _retention(entry: Table) -> str:
    if entry.kept_because:
        return escape(f"kept permanently: {entry.kept_because}")
    if entry.follows:
        return f"deleted or recomputed with the rows of {entry.follows}"
    return f"{entry.retention_days:,} days from `{entry.aged_by}`"
