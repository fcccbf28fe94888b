"""The columns of a CSV: guessed from their names, or given by a YAML map.

A map is `field: column name`, one line per field; a missing field is guessed, `field: null` switches it off.
"""

import re
from pathlib import Path

import yaml

from runtime.errors import BadInput, UsageError

# field -> possible column names, the most certain first (lower case, punctuation as _).
_NAMES: dict[str, tuple[str, ...]] = {
    "text": ("text", "full_text", "tweet_text", "tweet", "content", "body", "message"),
    "id": ("tweet_id", "id_str", "id", "status_id", "tweetid"),
    "created_at": (
        "created_at",
        "tweet_created",
        "tweet_created_at",
        "date",
        "datetime",
        "timestamp",
        "time",
        "posted_at",
    ),
    "lang": ("lang", "language", "tweet_lang"),
    "author_id": ("author_id", "user_id", "user_id_str", "userid"),
    "author_username": ("screen_name", "author_username", "user_screen_name", "username", "handle", "user"),
    "author_name": ("author_name", "user_name", "name", "display_name"),
    "author_location": ("location", "user_location", "tweet_location", "author_location"),
    "author_created_at": ("user_created_at", "author_created_at", "account_created_at"),
    "author_verified": ("verified", "user_verified", "author_verified", "is_verified"),
    "followers_count": ("followers", "followers_count", "user_followers", "user_followers_count"),
    "following_count": ("friends", "following", "following_count", "friends_count"),
    "tweet_count": ("statuses", "tweet_count", "statuses_count", "post_count"),
    "listed_count": ("listed", "listed_count"),
    "retweet_count": ("retweet_count", "retweets", "repost_count"),
    "like_count": ("like_count", "likes", "favorite_count", "favourite_count"),
    "reply_count": ("reply_count", "replies"),
    "quote_count": ("quote_count", "quotes"),
    "replied_to_id": ("in_response_to_tweet_id", "in_reply_to_status_id", "in_reply_to_tweet_id", "replied_to_id"),
    "retweeted_id": ("retweeted_id", "retweet_id", "retweeted_status_id"),
    "quoted_id": ("quoted_id", "quoted_status_id"),
    "brand": ("brand", "bank", "airline", "company"),
}
FIELDS = tuple(_NAMES)
DELIMITERS = (",", ";", "\t", "|")


def guess_columns(header: list[str]) -> dict[str, int]:
    """Return {field: column number} from the names in `header`; `text` is missing when no column looks like it."""
    places: dict[str, int] = {}
    for number, name in enumerate(header):
        places.setdefault(re.sub(r"[^a-z0-9]+", "_", name.strip().casefold()).strip("_"), number)
    found = {field: [places[name] for name in names if name in places] for field, names in _NAMES.items()}
    return {field: numbers[0] for field, numbers in found.items() if numbers}


def map_columns(header: list[str], wanted: dict[str, str | None], place: str) -> dict[str, int]:
    """Return {field: column number}: the guesses, overridden by `wanted` {field: column name or None}.

    BadInput when a wanted column is not in the header, or when no column has the text.
    """
    columns = guess_columns(header)
    for field, name in wanted.items():
        columns.pop(field, None)
        if name is not None and name not in header:
            raise BadInput(f"{place} has no column {name!r} for {field}; it has {', '.join(map(repr, header))}")
        if name is not None:
            columns[field] = header.index(name)
    if "text" not in columns:
        raise BadInput(
            f"{place}: none of the columns {', '.join(map(repr, header))} looks like a tweet's text; "
            "name it in a YAML file (`text: <column>`) given with --columns"
        )
    return columns


def read_column_map(path: Path) -> dict[str, str | None]:
    """Read a column map; UsageError names the wrong entry."""
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"the column map {path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"the column map {path} is not valid YAML") from error
    if not isinstance(content, dict):
        raise UsageError(f"the column map {path} must contain lines such as `text: Tweet`")
    for field, name in content.items():
        if field not in _NAMES:
            raise UsageError(f"the column map {path} names {field!r}; it can name {', '.join(FIELDS)}")
        if not (name is None or isinstance(name, str)):
            raise UsageError(f"the column map {path}: {field} must be the name of a column, found {name!r}")
    return content
