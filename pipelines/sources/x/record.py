"""What comes from X's API as a record for Kafka: key, headers, and the place by which a repeat is known."""

from pipelines.sources.archive.record import TWEET, Piece, Record, with_place
from pipelines.sources.x.stream.buffer import Item


def record_of(item: Item, run: str, number: int, max_record_bytes: int) -> Record:
    """The record of the item that was read as the `number`th of a run; one without a tweet's id has format unknown."""
    key = str(item.tweet_id) if item.tweet_id else None
    piece = Piece(item.value, key, "v2" if key else "unknown", TWEET, item.rules)
    return with_place(piece, run, (number, 0), max_record_bytes)
