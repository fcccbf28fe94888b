"""Source from the desk's tables in Django's database, by SQL: what must be archived, erased or exported.

The tables are those of serving/desk/models/. Nothing is read before `serve_dashboard` has created them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conf.settings import Settings
from pipelines.sources.accounts import Accounts, batches, marks, open_accounts
from runtime.key_chain import make_key

COMMENTS, TICKETS, EVENTS, CORRECTIONS = "desk_comment", "desk_ticket", "desk_event", "desk_correction"
PROBLEMS, ERASURES, NOTICES = "desk_problem", "desk_erasure", "alerts_alertnotice"
Row = dict[str, Any]
_TWEET = """(SELECT min(c.tweet_id) FROM desk_comment c
    WHERE c.ticket_id = t.id AND c.is_original AND c.tweet_id <> '')"""
_EVENTS = f"""SELECT e.event_key, t.ticket_key, e.brand, {_TWEET} AS tweet_id, e.kind, e.from_value, e.to_value,
    e.actor_role, e.team, e.priority, e.category, e.occurred_at, e.archived_at
    FROM desk_event e JOIN desk_ticket t ON t.id = e.ticket_id WHERE e.archived_at = ? ORDER BY e.id"""
_CORRECTIONS = """SELECT k.feedback_key, k.brand, nullif(c.tweet_id, '') AS tweet_id, k.field, k.from_value, k.to_value,
    nullif(c.model_version, '') AS model_version, k.corrected_at, k.archived_at
    FROM desk_correction k JOIN desk_comment c ON c.id = k.comment_id WHERE k.archived_at = ? ORDER BY k.id"""
_ARCHIVED = {
    EVENTS: (_EVENTS, ("event_key", "ticket_key", "brand", "tweet_id", "kind", "from_value", "to_value", "actor_role",
                       "team", "priority", "category", "occurred_at", "archived_at")),
    CORRECTIONS: (_CORRECTIONS, ("feedback_key", "brand", "tweet_id", "field", "from_value", "to_value",
                                 "model_version", "corrected_at", "archived_at")),
}  # fmt: skip
_EXPORTED = ("brand", "role", "tweet_id", "text", "lang", "category", "created_at", "taken_in_at")


@dataclass(frozen=True)
class Erased:
    """What the desk did with an erased tweet: its rows are emptied; `remote`: what became of the help desk's copy."""

    tweet_key: str
    is_done: bool
    comments: int
    remote: str


@contextmanager
def open_desk(settings: Settings) -> Iterator[Accounts | None]:
    """Django's database; None until it has the desk's tables. ServiceUnavailable if it does not answer."""
    with open_accounts(settings) as accounts:
        yield accounts if accounts is not None and accounts.has_table(COMMENTS) else None


def read_last_archived(accounts: Accounts, table: str) -> datetime | None:
    """The time of the last batch that was claimed for the lake."""
    return accounts.read_moment(accounts.execute(f"SELECT max(archived_at) FROM {table}")[0][0])


def read_archived(accounts: Accounts, table: str, archived_at: datetime) -> list[Row]:
    """The rows of `EVENTS` or `CORRECTIONS` that were claimed at that time, as in their table of the lake."""
    sql, names = _ARCHIVED[table]
    rows = [dict(zip(names, row, strict=True)) for row in accounts.execute(sql, accounts.moment(archived_at))]
    times = [name for name in names if name.endswith("_at")]
    return [row | {name: accounts.read_moment(row[name]) for name in times} for row in rows]


def read_tweet_keys(settings: Settings) -> list[str]:
    """The HMACs of the tweets that the desk has and is not asked to erase yet."""
    with open_desk(settings) as desk:
        if desk is None:
            return []
        asked = f"SELECT tweet_key FROM {ERASURES}"
        sql = f"SELECT DISTINCT tweet_key FROM {COMMENTS} WHERE tweet_key NOT IN ({asked}) ORDER BY tweet_key"
        return [row[0] for row in desk.execute(sql)]


def read_answered_keys(settings: Settings, secrets: Sequence[str]) -> dict[str, str]:
    """{HMAC: id} of the tweets that tweets of tickets answer."""
    with open_desk(settings) as desk:
        if desk is None:
            return {}
        sql = f"SELECT DISTINCT replied_to_id FROM {COMMENTS} WHERE replied_to_id <> ''"
        return {make_key(secrets, answered): answered for (answered,) in desk.execute(sql)}


def read_placed(settings: Settings) -> list[str]:
    """The ids of the tweets of tickets with the region of their place."""
    with open_desk(settings) as desk:
        if desk is None:
            return []
        sql = f"SELECT DISTINCT tweet_id FROM {COMMENTS} WHERE region <> '' AND tweet_id <> '' ORDER BY tweet_id"
        return [row[0] for row in desk.execute(sql)]


def read_erased(settings: Settings) -> list[Erased]:
    """What became of the tweets that the desk was asked to erase."""
    with open_desk(settings) as desk:
        if desk is None:
            return []
        sql = f"SELECT tweet_key, erased_at, comments, remote FROM {ERASURES} ORDER BY tweet_key"
        return [Erased(key, at is not None, int(comments), remote) for key, at, comments, remote in desk.execute(sql)]


def read_comments(settings: Settings, author_keys: list[str]) -> list[Row]:
    """The tweets of these authors as the desk shows them, the oldest first."""
    found: list[Row] = []
    with open_desk(settings) as desk:
        if desk is None:
            return []
        for batch in batches(sorted(author_keys)):
            sql = f"SELECT {', '.join(_EXPORTED)} FROM {COMMENTS} WHERE author_key IN ({marks(batch)})"
            found += [dict(zip(_EXPORTED, row, strict=True)) for row in desk.execute(sql, *batch)]
        times = ("created_at", "taken_in_at")
        dated = [row | {name: desk.read_moment(row[name]) for name in times} for row in found]
    return sorted(dated, key=lambda row: (row["created_at"], row["tweet_id"]))


def read_remote_systems(settings: Settings) -> list[str]:
    """The help desks that have copies of tickets."""
    with open_desk(settings) as desk:
        if desk is None:
            return []
        sql = f"SELECT DISTINCT remote_system FROM {TICKETS} WHERE remote_id <> '' ORDER BY remote_system"
        return [row[0] for row in desk.execute(sql)]


def has_desk_rows(settings: Settings) -> bool:
    """True if the desk has any ticket or tweet, or a notice of an alert."""
    with open_desk(settings) as desk:
        tables = (COMMENTS, TICKETS, NOTICES)
        return desk is not None and any(desk.execute(f"SELECT 1 FROM {table} LIMIT 1") for table in tables)
