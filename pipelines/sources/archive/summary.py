"""What was read of an archive, as one line for a person or as JSON: tweets, repeats, notices, rejects by reason."""

from pathlib import Path
from typing import Any

from pipelines.sources.archive.lines import Reading

_SHOWN_COLUMNS = 12


def summary_json(file: Path, reading: Reading) -> dict[str, Any]:
    """`{"file", "tweets", "repeats", "notices", "rejects": {reason: count}, …}` of one file."""
    return {
        "file": str(file),
        "tweets": reading.tweets,
        "repeats": reading.repeats,
        "notices": reading.notices,
        "rejects": dict(reading.rejects),
        "tweets_in_rejects": reading.lost_tweets,
        "blank_lines": reading.blank_lines,
        "ids_without_tweet": reading.unavailable,
        "made_ids": reading.made_ids,
        "authors_by_handle": reading.handle_authors,
        "accounts_joined": reading.users,
        "tool": reading.tool,
        "columns_unused": reading.unused_columns,
        "encoding": reading.encoding or "utf-8",
    }


def summary_line(reading: Reading) -> str:
    """`14 tweets, 2 repeats, 1 notice, 4 rejects (3 not_json, 1 rounded_id); …` of one file."""
    rejects = ", ".join(f"{count:,} {reason}" for reason, count in reading.rejects.most_common())
    parts = [
        f"{_counted(reading.tweets, 'tweet')}, {_counted(reading.repeats, 'repeat')}, "
        f"{_counted(reading.notices, 'notice')}, {_counted(sum(reading.rejects.values()), 'reject')}"
        + (f" ({rejects})" if rejects else "")
    ]
    return "; ".join([*parts, *remarks(reading)])


def remarks(reading: Reading) -> list[str]:
    """What a person should know about a file besides its counts."""
    unused = ", ".join(reading.unused_columns[:_SHOWN_COLUMNS])
    more = len(reading.unused_columns) - _SHOWN_COLUMNS
    found = {
        f"about {reading.lost_tweets:,} tweets are lost inside rejects": reading.lost_tweets,
        f"{reading.handle_authors:,} tweets have an author known by handle alone, whom X's notices about accounts "
        "cannot reach": reading.handle_authors,
        f"{reading.made_ids:,} ids made from date, text and author": reading.made_ids,
        f"{reading.unavailable:,} ids to which X returned no tweet": reading.unavailable,
        f"{reading.users:,} tweets joined to their accounts": reading.users,
        f"columns of {reading.tool}": reading.tool is not None and reading.tool != "any table",
        f"columns not used: {unused}" + (f" and {more} more" if more > 0 else ""): reading.unused_columns,
        f"read as {reading.encoding}": reading.encoding is not None,
        f"{reading.blank_lines:,} blank lines skipped": reading.blank_lines,
    }
    return [text for text, is_said in found.items() if is_said]


def add(total: Reading, reading: Reading) -> None:
    """Add the counts of one file to those of all."""
    for name in ("tweets", "repeats", "notices", "lost_tweets", "handle_authors", "made_ids", "unavailable", "users"):
        setattr(total, name, getattr(total, name) + getattr(reading, name))
    total.rejects.update(reading.rejects)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
