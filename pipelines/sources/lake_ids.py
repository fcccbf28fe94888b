"""Ids of tweets and authors stored in the lake, read without Spark.

Memory: 8 bytes per tweet, more only for tweets with a place or an edit history.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from numpy.typing import NDArray

from conf.settings import Settings
from conf.tables import TABLES, table_path

Ids = NDArray[np.int64]
IDENTITIES = "restricted.author_identities"
_NESTED = ("data", "retweeted_status", "quoted_status")
_ROWS = 50_000
_ID = re.compile("[0-9]{1,18}|[0-8][0-9]{18}")  # at most 63 bits


@dataclass(frozen=True)
class StoredTweets:
    """Tweets of silver.tweets: their ids, ascending; the edit histories of more than one version; who has a place."""

    ids: Ids
    histories: dict[int, tuple[str, ...]]
    placed: frozenset[int]


def read_tweet_ids(settings: Settings) -> Ids:
    """The ids of all tweets, ascending; none if the table does not exist yet."""
    return _distinct([_numbers(each.column("tweet_id")) for each in _batches(settings, "silver.tweets", ["tweet_id"])])


def read_stored_tweets(settings: Settings, above: int, up_to: int) -> StoredTweets:
    """The tweets with above < id <= up_to."""
    ids: list[Ids] = []
    histories: dict[int, tuple[str, ...]] = {}
    placed: set[int] = set()
    for batch in _batches(settings, "silver.tweets", ["tweet_id", "edit_history_ids", "place"]):
        numbers = _numbers(batch.column("tweet_id"))
        wanted = (numbers > above) & (numbers <= up_to)
        ids.append(numbers[wanted])
        has_place = pc.is_valid(pc.struct_field(batch.column("place"), "place_id")).to_numpy(zero_copy_only=False)
        placed.update(numbers[wanted & has_place].tolist())
        edited = pc.fill_null(pc.greater(pc.list_value_length(batch.column("edit_history_ids")), 1), fill_value=False)
        for row in np.flatnonzero(wanted & edited.to_numpy(zero_copy_only=False)):
            histories[int(numbers[row])] = tuple(batch.column("edit_history_ids")[row].as_py())
    return StoredTweets(_distinct(ids), histories, frozenset(placed))


def read_author_ids(settings: Settings) -> Ids:
    """The ids of all known authors, ascending: from the records in bronze.tweets and from restricted.author_identities,
    because silver has only keys."""
    found: set[int] = set()
    for batch in _batches(settings, "bronze.tweets", ["value"]):
        for value in batch.column("value"):
            found |= author_ids_of(value.as_py() or b"")
    for batch in _batches(settings, IDENTITIES, ["author_id"]):
        found.update(_numbers(batch.column("author_id")).tolist())
    return _distinct([np.fromiter(found, np.int64, len(found))])


def author_ids_of(payload: bytes) -> set[int]:
    """The authors in a payload of X in any format: of the tweet, and of those that it retweets or quotes."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return set()
    return set(_authors(value, 0)) if isinstance(value, dict) else set()


def _authors(tweet: dict[str, Any], depth: int) -> Iterator[int]:
    user = tweet.get("user")
    for found in (tweet.get("author_id"), user.get("id_str") if isinstance(user, dict) else None):
        if isinstance(found, str) and _ID.fullmatch(found):
            yield int(found)
    included = tweet.get("includes")
    includes: dict[str, Any] = included if isinstance(included, dict) else {}
    more = [tweet.get(name) for name in _NESTED]
    more += [each for name in ("tweets", "posts") for each in includes.get(name) or ()]
    for each in more:
        if isinstance(each, dict) and depth < len(_NESTED):
            yield from _authors(each, depth + 1)


def _numbers(texts: pa.Array) -> Ids:
    """Ids as numbers; 0 for an invalid id."""
    is_id = pc.fill_null(pc.match_substring_regex(texts, f"^({_ID.pattern})$"), fill_value=False)
    found: Ids = pc.cast(pc.if_else(is_id, texts, "0"), pa.int64()).to_numpy(zero_copy_only=False)
    return found


def _distinct(parts: Sequence[Ids]) -> Ids:
    """Ascending, unique, without the 0 of invalid ids."""
    found: Ids = np.unique(np.concatenate([*parts, np.empty(0, np.int64)]))
    return found[found > 0]


def _batches(settings: Settings, name: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    path = table_path(settings, name) if name in TABLES else None
    if path is None or not DeltaTable.is_deltatable(path):
        return
    dataset = DeltaTable(path).to_pyarrow_dataset()
    yield from dataset.scanner(columns=list(columns), batch_size=_ROWS).to_batches()
