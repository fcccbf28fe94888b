"""Sink to Django's own database, by SQL: erased authors, new author keys and retention.

Users and their roles belong to no author and are left alone.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from conf.settings import Settings
from pipelines.sinks.desk import free_desk_rows, rekey_desk
from pipelines.sources.accounts import AUDIT, READS, REDACTED, Accounts, batches, marks, open_accounts, read_subjects
from runtime.key_chain import make_key

ROTATED = "author_key.rotate"
"""The action that records a rotation of the author key; its subject is the fingerprint of the secrets."""


def redact_subjects(settings: Settings, subjects: Sequence[str]) -> None:
    """Replace each of `subjects` in the audit log by `erased`, also in the bytes of the database; the entries stay."""
    with open_accounts(settings) as accounts:
        if accounts is not None and subjects:
            for batch in batches(subjects):
                sql = f"UPDATE {AUDIT} SET subject = ? WHERE action IN (?, ?) AND subject IN ({marks(batch)})"
                accounts.execute(sql, REDACTED, *READS, *batch)
            _free_old_rows(accounts)


def free_old_rows(settings: Settings) -> None:
    """Delete the bytes of what was changed in the audit log and at the desk."""
    with open_accounts(settings) as accounts:
        if accounts is not None:
            _free_old_rows(accounts)
            free_desk_rows(accounts)


def rekey_subjects(settings: Settings, links: Sequence[str], rotation: str) -> None:
    """Chain the author keys of the audit log and the keys of the desk to `links`.

    The log records the `rotation`, so that it is done once.
    """
    subjects = read_subjects(settings)
    with open_accounts(settings) as accounts:
        if accounts is None:
            return
        with accounts.transaction():
            if accounts.execute(f"SELECT 1 FROM {AUDIT} WHERE action = ? AND subject = ?", ROTATED, rotation):
                return
            rekey_desk(accounts, links)
            for subject in subjects:
                sql = f"UPDATE {AUDIT} SET subject = ? WHERE action IN (?, ?) AND subject = ?"
                accounts.execute(sql, make_key(links, subject), *READS, subject)
            accounts.execute(
                f"INSERT INTO {AUDIT} (occurred_at, actor, token, action, brand, subject, purpose) "
                "VALUES (?, '', '', ?, '', ?, '')",
                *(accounts.moment(datetime.now(UTC)), ROTATED, rotation),
            )
        _free_old_rows(accounts)


def delete_expired(settings: Settings, as_of: datetime, is_dry: bool) -> dict[str, int]:
    """Delete what is too old at `as_of`; returns the number of rows by table, of tables with such rows."""
    serving = settings.serving
    audited = as_of - timedelta(days=serving.audit_days)
    kept_since = {
        AUDIT: ("occurred_at", audited),
        "accounts_token": ("expires_at", audited),
        "accounts_loginattempt": ("attempted_at", as_of - timedelta(minutes=serving.login_minutes)),
        "django_session": ("expire_date", as_of),
        "cache": ("expires", as_of),
    }
    counts: dict[str, int] = {}
    with open_accounts(settings) as accounts:
        if accounts is None:
            return {}
        for table, (column, since) in kept_since.items():
            if accounts.has_table(table):
                rows, limit = f"FROM {table} WHERE {column} < ?", accounts.moment(since)
                counts[table] = accounts.execute(f"SELECT count(*) {rows}", limit)[0][0]
                if not is_dry:
                    accounts.execute(f"DELETE {rows}", limit)
    return {table: count for table, count in counts.items() if count}


def _free_old_rows(accounts: Accounts) -> None:
    """SQLite overwrites deleted bytes itself, except those in its log."""
    accounts.execute("PRAGMA wal_checkpoint(TRUNCATE)" if accounts.is_sqlite else f"VACUUM FULL {AUDIT}")
