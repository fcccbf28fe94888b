"""Django's database of a test's home, with reads of profiles in its audit log."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conf.accounts import accounts_file
from conf.settings import Settings
from runtime.resources import PROJECT
from tests.conftest import job_environment

NoteReads = Callable[..., None]


@pytest.fixture(scope="session")
def empty_accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no rows, made once for the run, as serve_dashboard makes it."""
    home = tmp_path_factory.mktemp("accounts")
    overlay = home / "overlay.yaml"
    overlay.write_text(f"home: {home}\n")
    command = [sys.executable, "-m", "serving", "--env", str(overlay), "migrate", "--verbosity", "0"]
    done = subprocess.run(command, cwd=PROJECT, env=job_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return home / "serving" / "accounts.sqlite3"


@pytest.fixture
def noting(empty_accounts: Path) -> NoteReads:
    """`noting(settings, *author_keys, at=None)`: these profiles were read through the API."""

    def note(settings: Settings, *subjects: str, at: datetime | None = None) -> None:
        file = accounts_file(settings)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(empty_accounts, file)
        rows = [(str((at or datetime.now(UTC)).replace(tzinfo=None)), subject) for subject in subjects]
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.executemany(
                "INSERT INTO accounts_auditentry (occurred_at, actor, token, action, brand, subject, purpose) "
                "VALUES (?, 'ann', '', 'profiles.read', 'acme', ?, 'a complaint')",
                rows,
            )

    return note


def bytes_of(settings: Settings) -> bytes:
    """Every file of the database, read by another process.

    Whoever closes a file gives up all of their process's locks on it (POSIX): SQLite would then delete the log of a
    database that this process goes on reading.
    """
    files = sorted(accounts_file(settings).parent.glob("accounts.sqlite3*"))
    return subprocess.run(["cat", *map(str, files)], capture_output=True, check=True).stdout
