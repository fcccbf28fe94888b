"""Sink to the desk's tables in Django's database, by SQL: claims for the archive, erasures, new keys, retention."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from conf.settings import Settings
from pipelines.sources.accounts import Accounts
from pipelines.sources.desk import COMMENTS, CORRECTIONS, ERASURES, EVENTS, NOTICES, PROBLEMS, TICKETS, open_desk
from runtime.key_chain import make_key

KEYS = {
    PROBLEMS: ("problem_key",),
    TICKETS: ("conversation_key",),
    COMMENTS: ("conversation_key", "candidate_key", "tweet_key", "author_key"),
    ERASURES: ("tweet_key",),
}
"""The columns with keys derived from the author key's secrets. A ticket's own key is random, and help desks know it."""
CHILDREN = ("desk_delivery", CORRECTIONS, EVENTS, "desk_note", COMMENTS)
"""The tables whose rows belong to a ticket, in the order in which they can be deleted."""
WITH_TEXT = (COMMENTS, "desk_note")


def claim_for_archive(accounts: Accounts, table: str, archived_at: datetime) -> None:
    """Set `archived_at` of the rows that have none; later than that of every earlier claim."""
    accounts.execute(f"UPDATE {table} SET archived_at = ? WHERE archived_at IS NULL", accounts.moment(archived_at))


def request_erasures(settings: Settings, tweet_keys: Sequence[str], at: datetime) -> None:
    """Ask the desk to erase these tweets, once each."""
    with open_desk(settings) as desk:
        if desk is None or not tweet_keys:
            return
        sql = (
            f"INSERT INTO {ERASURES} (tweet_key, requested_at, erased_at, comments, remote, remote_at) "
            "VALUES (?, ?, NULL, 0, 'waiting', NULL) ON CONFLICT (tweet_key) DO NOTHING"
        )
        with desk.transaction():
            desk.execute_many(sql, [(key, desk.moment(at)) for key in tweet_keys])


def blank_answered(settings: Settings, tweet_ids: Sequence[str]) -> None:
    """Remove the ids of these tweets from the tweets that answer them."""
    with open_desk(settings) as desk:
        if desk is not None and tweet_ids:
            sql = f"UPDATE {COMMENTS} SET replied_to_id = '' WHERE replied_to_id = ?"
            desk.execute_many(sql, [(each,) for each in tweet_ids])


def blank_regions(settings: Settings, tweet_ids: Sequence[str]) -> None:
    """Remove the regions of these tweets."""
    with open_desk(settings) as desk:
        if desk is not None and tweet_ids:
            sql = f"UPDATE {COMMENTS} SET region = '' WHERE tweet_id = ?"
            desk.execute_many(sql, [(each,) for each in tweet_ids])


def rekey_desk(accounts: Accounts, links: Sequence[str]) -> None:
    """Chain the desk's keys to `links`, inside the caller's transaction."""
    if not accounts.has_table(COMMENTS):
        return
    for table, columns in KEYS.items():
        for column in columns:
            stored = accounts.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} <> ''")
            rows = [(make_key(links, key), key) for (key,) in stored]
            accounts.execute_many(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", rows)


def delete_expired_tickets(settings: Settings, as_of: datetime, days: int, is_dry: bool) -> dict[str, int]:
    """Delete tickets that nobody has to work on and nobody changed for `days`, and tweets without a ticket, and notices
    of alerts, of that age.

    Returns the number of deleted rows by table, of tables with such rows; `is_dry` only counts.
    """
    with open_desk(settings) as desk:
        if desk is None:
            return {}
        limit = desk.moment(as_of - timedelta(days=days))
        old = f"FROM {TICKETS} WHERE state IN ('solved', 'closed') AND updated_at < ?"
        loose = f"FROM {COMMENTS} WHERE ticket_id IS NULL AND taken_in_at < ?"
        sent = f"FROM {NOTICES} WHERE added_at < ?"
        counts = {table: desk.execute(f"SELECT count(*) {rows}", limit)[0][0] for table, rows in
                  ((TICKETS, old), (COMMENTS, loose), (NOTICES, sent))}  # fmt: skip
        if not is_dry:
            with desk.transaction():
                for child in CHILDREN:
                    desk.execute(f"DELETE FROM {child} WHERE ticket_id IN (SELECT id {old})", limit)
                desk.execute(f"DELETE {old}", limit)
                desk.execute(f"DELETE {loose}", limit)
                desk.execute(f"DELETE FROM desk_delivery WHERE notice_id IN (SELECT id {sent})", limit)
                desk.execute(f"DELETE {sent}", limit)
    return {table: count for table, count in counts.items() if count}


def delete_desk(settings: Settings) -> None:
    """Delete every ticket, tweet, problem and notice of an alert; the routing stays."""
    with open_desk(settings) as desk:
        if desk is None:
            return
        with desk.transaction():
            for table in (*CHILDREN, NOTICES, TICKETS, PROBLEMS, ERASURES, "desk_intakeposition"):
                desk.execute(f"DELETE FROM {table}")
        free_desk_rows(desk)


def free_desk_rows(accounts: Accounts) -> None:
    """Delete the bytes of erased texts. SQLite overwrites them itself, except those in its log."""
    if accounts.is_sqlite:
        accounts.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    elif accounts.has_table(COMMENTS):
        for table in WITH_TEXT:
            accounts.execute(f"VACUUM FULL {table}")
