"""What a row's age is counted from, table by table; how many days it may reach stands in conf/tables.py."""

AGED_BY = {
    "bronze.tweets": "ingested_on",
    "bronze.compliance": "ingested_at",
    "bronze.collection_gaps": "settled_at",
    "bronze.post_reads": "read_on",
    "silver.tweets": "observed_at",
    "silver.rejected_tweets": "rejected_at",
    "silver.erased_records": "erased_at",
    "restricted.author_identities": "seen_at",
    "restricted.campaign_members": "started_at",
    "restricted.audit_log": "occurred_at",
    "restricted.erasure_receipts": "erased_at",
    "gold.author_profile_history": "as_of",
    "gold.segment_history": "measured_on",
    "gold.segment_events": "as_of",
    "gold.segment_fits": "as_of",
    "gold.campaign_results": "as_of",
    "gold.model_drift": "created_on",
}

GOES_WITH = {
    "silver.tweet_entities": "silver.tweets",
    "silver.metric_observations": "silver.tweets",
    "gold.author_profiles": "silver.tweets",
    "gold.author_segments": "silver.tweets",
    "gold.segments": "silver.tweets",
}
"""Tables whose rows have no age of their own: they go with the tweets that they follow from."""

NEVER_OLD = {
    "restricted.tombstones": "what was erased may never come back",
    "ops.pipeline_state": "one row a hop",
}
