"""Django's database of a test's home, with reads of profiles in its audit log."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from conf.accounts import accounts_file
from conf.settings import Settings
from runtime.resources import PROJECT
from tests.conftest import job_environment

NoteReads = Callable[..., None]


def migrate(overlay: Path) -> None:
    """Create the tables, as serve_dashboard does when it starts."""
    command = [sys.executable, "-m", "serving", "--env", str(overlay), "migrate", "--verbosity", "0"]
    done = subprocess.run(command, cwd=PROJECT, env=job_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def note_reads(settings: Settings, empty: Path, *subjects: str, at: datetime | None = None) -> None:
    """Add one entry per subject to the audit log of the home, which starts as a copy of the database `empty`."""
    file = accounts_file(settings)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(empty, file)
    rows = [(str((at or datetime.now(UTC)).replace(tzinfo=None)), subject) for subject in subjects]
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(
            "INSERT INTO accounts_auditentry (occurred_at, actor, token, action, brand, subject, purpose) "
            "VALUES (?, 'ann', '', 'profiles.read', 'acme', ?, 'a complaint')",
            rows,
        )


def bytes_of(settings: Settings) -> bytes:
    """Every file of the database."""
    return b"".join(each.read_bytes() for each in sorted(accounts_file(settings).parent.glob("accounts.sqlite3*")))
