"""What is asked of X about each post, in the names that stream and tweepy know: what silver.tweets keeps, no more."""

FIELDS = {
    "expansions": [
        "author_id",
        "entities.mentions.username",
        "geo.place_id",
        "in_reply_to_user_id",
        "referenced_tweets.id",
        "referenced_tweets.id.author_id",
    ],
    "place_fields": ["country_code", "full_name"],
    "tweet_fields": [
        "author_id",
        "conversation_id",
        "created_at",
        "edit_controls",
        "edit_history_tweet_ids",
        "entities",
        "geo",
        "in_reply_to_user_id",
        "lang",
        "note_tweet",
        "possibly_sensitive",
        "public_metrics",
        "referenced_tweets",
        "withheld",
    ],
    "user_fields": ["created_at", "location", "public_metrics", "verified"],
}
