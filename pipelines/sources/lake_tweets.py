"""What the lake knows of single tweets, read without Spark: details before masking, named entities, sample texts.

An erasure finds all of it by `tweet_id`: nothing is copied, so what is deleted from the tables is shown no more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from conf.settings import Settings

MOST_TEXTS, MOST_IDS, MOST_DAYS = 5, 200, 8
SHOWN = ("tweet_id", "brands", "kind", "text", "text_hash", "sentiment", "complaint")
Only = Literal["complaints", "negative", ""]
Days = Mapping[str, date]
"""{tweet_id: the day on which it was written}, by which both tables are clustered."""


def read_details(settings: Settings, tweets: Days) -> dict[str, list[dict[str, str]]]:
    """{tweet_id: [{kind, text}]} of restricted.ticket_details; nothing for a tweet without details, or erased."""
    found = _read(settings, "restricted/ticket_details", "details", tweets)
    return {row["tweet_id"]: row["details"] for row in found if row["details"]}


def read_entities(settings: Settings, tweets: Days) -> dict[str, list[dict[str, Any]]]:
    """{tweet_id: [{type, text, begin, end, score}]} of silver.tweet_entities."""
    found = _read(settings, "silver/tweet_entities", "entities", tweets)
    return {row["tweet_id"]: row["entities"] for row in found if row["entities"]}


@dataclass(frozen=True)
class Sampled:
    """Whose texts are sampled: of a brand, written in start..end; of one topic, or complaints or negative ones only."""

    brand: str
    start: datetime
    end: datetime
    topic_id: str | None = None
    only: Only = ""


def read_sample_texts(settings: Settings, sampled: Sampled) -> list[str]:
    """At most MOST_TEXTS different masked texts, chosen by a hash of their ids, and nothing else of their tweets."""
    filters = [
        ("created_on", "in", _days(sampled)),
        ("created_at", ">=", sampled.start),
        ("created_at", "<=", sampled.end),
    ]
    if sampled.topic_id:
        of_topic = [("brand", "=", sampled.brand), ("topic_id", "=", sampled.topic_id), filters[0]]
        found = _rows(settings, "gold/tweet_topics", ("tweet_id",), of_topic)
        chosen = sorted((row["tweet_id"] for row in found), key=_order)[:MOST_IDS]
        filters += [("tweet_id", "in", chosen)]
        if not chosen:
            return []
    rows = sorted(_rows(settings, "silver/tweets", SHOWN, filters), key=lambda row: _order(row["tweet_id"]))
    texts = {row["text_hash"] or row["text"]: str(row["text"]) for row in rows if _is_sampled(row, sampled)}
    return list(texts.values())[:MOST_TEXTS]


def _is_sampled(row: Mapping[str, Any], sampled: Sampled) -> bool:
    if not row["text"] or row["kind"] == "retweet" or sampled.brand not in (row["brands"] or ()):
        return False
    if sampled.only == "complaints":
        return bool((row["complaint"] or {}).get("is_complaint"))
    return sampled.only != "negative" or (row["sentiment"] or {}).get("label") == "negative"


def _order(tweet_id: str) -> str:
    return sha256(tweet_id.encode()).hexdigest()


def _days(sampled: Sampled) -> list[date]:
    """The last days of the time."""
    last, count = sampled.end.date(), (sampled.end.date() - sampled.start.date()).days + 1
    return [last - timedelta(days=ago) for ago in range(min(count, MOST_DAYS))]


def _read(settings: Settings, folder: str, column: str, tweets: Days) -> Iterable[dict[str, Any]]:
    """Rows of the tweets."""
    wanted = [("created_on", "in", sorted(set(tweets.values()))), ("tweet_id", "in", sorted(tweets))]
    return _rows(settings, folder, ("tweet_id", column), wanted) if tweets else []


def _rows(
    settings: Settings, folder: str, columns: Sequence[str], wanted: Sequence[tuple[str, str, Any]]
) -> list[dict[str, Any]]:
    """Rows of a table, none if it does not exist yet or a file of it has just been replaced."""
    path = f"{settings.lake.path}/{folder}"
    if not DeltaTable.is_deltatable(path):
        return []
    try:
        table = DeltaTable(path).to_pyarrow_table(columns=list(columns), filters=list(wanted))
    except (DeltaError, OSError):
        return []
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
