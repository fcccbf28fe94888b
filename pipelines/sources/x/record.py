"""A post of X's API: the fields that are requested of each, and its record for Kafka."""

from pipelines.sources.archive.record import TWEET, Piece, Record, with_place
from pipelines.sources.x.stream.buffer import Item

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
"""In the names that the stream and tweepy use: what silver.tweets stores, no more."""


def record_of(item: Item, run: str, number: int, max_record_bytes: int) -> Record:
    """The record of the item that was read as the `number`th of a run; one without a tweet's id has format unknown."""
    key = str(item.tweet_id) if item.tweet_id else None
    piece = Piece(item.value, key, "v2" if key else "unknown", TWEET, item.rules)
    return with_place(piece, run, (number, 0), max_record_bytes)
