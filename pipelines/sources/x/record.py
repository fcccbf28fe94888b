"""A post of X's API: the fields that are requested of each, and its records for Kafka."""

import json
import re

from pipelines.sources.archive.notices import edit_notice, id_of, withheld_notice
from pipelines.sources.archive.record import COMPLIANCE, TWEET, Piece, Record, with_place
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


_HAS_NOTICE = re.compile(rb'"withheld"\s*:|"edit_history_(?:tweet|post)_ids"\s*:\s*\[[^\],]*,')


def records_of(item: Item, run: str, number: int, max_record_bytes: int) -> list[Record]:
    """The records of the item that was read as the `number`th of a run; one without a tweet's id has format unknown.

    A withheld post is a notice; an edited one is followed by the notice that its older versions are superseded.
    """
    key = str(item.tweet_id) if item.tweet_id else None
    pieces = [Piece(item.value, key, "v2" if key else "unknown", TWEET, item.rules)]
    if key and _HAS_NOTICE.search(item.value):
        pieces = _with_notice(pieces[0])
    return [with_place(piece, run, (number, index), max_record_bytes) for index, piece in enumerate(pieces)]


def _with_notice(post: Piece) -> list[Piece]:
    try:
        tweet = json.loads(post.value)["data"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return [post]
    if not isinstance(tweet, dict):
        return [post]
    withheld, edit = withheld_notice(tweet), edit_notice(tweet)
    notices = [Piece(value, id_of(tweet), "v2", COMPLIANCE, post.rules) for value in (withheld or edit,) if value]
    return notices if withheld else [post, *notices]
