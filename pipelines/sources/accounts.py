"""Source from Django's own database, by SQL: which authors the entries of its audit log are about.

SQLite in the home or PostgreSQL (conf/accounts.py). An author key is the `subject` of the reads of one profile, and
nowhere else in that database.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from conf.accounts import WAIT_SECONDS, accounts_file, accounts_server
from conf.settings import Settings
from runtime.errors import ServiceUnavailable
from runtime.key_chain import make_key

AUDIT = "accounts_auditentry"
READ, INFLUENCER_READ = "profiles.read", "influencers.read"
READS = (READ, INFLUENCER_READ)
"""The actions of the entries whose subject is an author key."""
REDACTED = "erased"
"""What stands in the place of an erased author's key."""
REMEDY = "start it, or check serving.database_url and BRANDPULSE_DATABASE_PASSWORD"
_BATCH = 500


class Accounts:
    """A connection to the database, without transactions except where one is asked for."""

    def __init__(self, connection: "sqlite3.Connection | psycopg.Connection", is_sqlite: bool) -> None:
        self._connection: Any = connection
        self.is_sqlite = is_sqlite

    def execute(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement with a `?` for each value; returns its rows, if it has any."""
        cursor = self._connection.execute(sql if self.is_sqlite else sql.replace("?", "%s"), values)
        return cursor.fetchall() if cursor.description else []

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row of values."""
        self._connection.cursor().executemany(sql if self.is_sqlite else sql.replace("?", "%s"), rows)

    def has_table(self, name: str) -> bool:
        known = "SELECT 1 FROM sqlite_master WHERE name = ?" if self.is_sqlite else "SELECT to_regclass(?)"
        return self.execute(known, name) not in ([], [(None,)])

    def moment(self, at: datetime) -> datetime | str:
        """A time as Django stores it: in SQLite as text, in UTC and without an offset."""
        return str(at.astimezone(UTC).replace(tzinfo=None)) if self.is_sqlite else at

    def read_moment(self, stored: datetime | str | None) -> datetime | None:
        """A stored time in UTC."""
        if isinstance(stored, str):
            return datetime.fromisoformat(stored).replace(tzinfo=UTC)
        return stored.astimezone(UTC) if stored else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements of the block or none; SQLite's other writers wait for it."""
        self.execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")


@contextmanager
def open_accounts(settings: Settings) -> Iterator[Accounts | None]:
    """Django's database; None until `serve_dashboard` has created it. ServiceUnavailable if it does not answer."""
    if accounts_server(settings) is None and not accounts_file(settings).exists():
        yield None
        return
    try:
        with closing(_connect(settings)) as connection:
            accounts = Accounts(connection, isinstance(connection, sqlite3.Connection))
            yield accounts if accounts.has_table(AUDIT) else None
    except (sqlite3.OperationalError, psycopg.OperationalError) as error:
        reason = " ".join(str(error).split())
        raise ServiceUnavailable(f"the database of the accounts does not answer ({reason}): {REMEDY}") from None


def read_subjects(settings: Settings) -> list[str]:
    """The author keys in the audit log."""
    with open_accounts(settings) as accounts:
        if accounts is None:
            return []
        sql = f"SELECT DISTINCT subject FROM {AUDIT} WHERE action IN (?, ?) AND subject NOT IN (?, '') ORDER BY subject"
        return [row[0] for row in accounts.execute(sql, *READS, REDACTED)]


def read_subject_keys(settings: Settings, secrets: Sequence[str]) -> dict[str, str]:
    """{author key: the subject that it is stored as}; they differ where a request named a key of older secrets."""
    added = [secrets[first:] for first in range(1, len(secrets) + 1)]
    return {make_key(links, subject): subject for subject in read_subjects(settings) for links in added}


def read_profile_reads(settings: Settings, subjects: Collection[str]) -> list[dict[str, str]]:
    """When, of which brand and why the profiles of `subjects` were read, the oldest first."""
    found: list[dict[str, str]] = []
    with open_accounts(settings) as accounts:
        if accounts is None:
            return []
        for batch in batches(sorted(subjects)):
            columns, where = "occurred_at, action, brand, purpose", f"action IN (?, ?) AND subject IN ({marks(batch)})"
            for at, action, brand, purpose in accounts.execute(
                f"SELECT {columns} FROM {AUDIT} WHERE {where}", *READS, *batch
            ):
                found.append({"occurred_at": _utc(at), "action": action, "brand": brand, "purpose": purpose})
    return sorted(found, key=lambda each: each["occurred_at"])


def batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many as one statement may name."""
    return (values[first : first + _BATCH] for first in range(0, len(values), _BATCH))


def marks(values: Sequence[str]) -> str:
    return ", ".join("?" for _ in values)


def _connect(settings: Settings) -> "sqlite3.Connection | psycopg.Connection":
    server = accounts_server(settings)
    if server is None:
        connection = sqlite3.connect(accounts_file(settings), timeout=WAIT_SECONDS, isolation_level=None)
        connection.execute("PRAGMA secure_delete=ON")
        return connection
    return psycopg.connect(
        host=server.host,
        port=server.port,
        dbname=server.name,
        user=server.user,
        password=server.password,
        connect_timeout=WAIT_SECONDS,
        autocommit=True,
    )


def _utc(at: datetime | str) -> str:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at.astimezone(UTC)
    return moment.isoformat()
