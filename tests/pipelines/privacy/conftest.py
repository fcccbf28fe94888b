"""Django's database for the tests of the jobs about persons."""

from pathlib import Path

import pytest

from tests.reading import NoteReads, migrate, note_reads


@pytest.fixture(scope="session")
def empty_accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no rows, made once for the run."""
    home = tmp_path_factory.mktemp("accounts")
    overlay = home / "overlay.yaml"
    overlay.write_text(f"home: {home}\n")
    migrate(overlay)
    return home / "serving" / "accounts.sqlite3"


@pytest.fixture
def noting(empty_accounts: Path) -> NoteReads:
    """`noting(settings, *subjects)`: the profiles of these author keys were read."""
    return lambda settings, *subjects, **when: note_reads(settings, empty_accounts, *subjects, **when)
