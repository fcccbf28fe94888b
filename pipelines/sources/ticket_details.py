"""What the lake knows of single tweets of tickets, read without Spark: details before masking, and named entities."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from conf.settings import Settings

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


def _read(settings: Settings, folder: str, column: str, tweets: Days) -> Iterable[dict[str, Any]]:
    """Rows of the tweets, none if the table does not exist yet or a file of it has just been replaced."""
    path = f"{settings.lake.path}/{folder}"
    if not tweets or not DeltaTable.is_deltatable(path):
        return []
    wanted = [("created_on", "in", sorted(set(tweets.values()))), ("tweet_id", "in", sorted(tweets))]
    try:
        rows: list[dict[str, Any]] = (
            DeltaTable(path).to_pyarrow_table(columns=["tweet_id", column], filters=wanted).to_pylist()
        )
    except (DeltaError, OSError):
        return []
    return rows
