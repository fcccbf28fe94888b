"""Accounts and the desk on PostgreSQL: the same tests as on SQLite, on a cluster of this test's own."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.resources import PROJECT
from stack.processes import free_port
from tests.conftest import job_environment

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
FOLDER = INSTALLED[-1] if INSTALLED else Path(shutil.which("initdb") or "/absent").parent
USER = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
PASSWORD = "a password of the tests alone"
SAME = (
    *("accounts", "api/test_session.py", "api/test_tokens.py", "api/test_audit.py", "api/test_problems.py"),
    *("desk/test_intake.py", "desk/test_changes.py", "desk/test_dispatcher.py"),
)
KILLED = "desk/test_killed_dispatcher.py"

# CI installs it: there its absence is a failure.
pytestmark = pytest.mark.skipif(
    not (FOLDER / "initdb").exists() and "CI" not in os.environ,
    reason="PostgreSQL is not installed: make setup-system installs it",
)


def run(program: str, *arguments: str) -> None:
    """A program of PostgreSQL; it does not run as root."""
    who: dict[str, Any] = {"user": USER, "group": USER, "extra_groups": []} if os.getuid() == 0 else {}
    done = subprocess.run(
        [str(FOLDER / program), *arguments], check=False, capture_output=True, text=True, cwd="/", **who
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def database_url() -> Iterator[str]:
    """A cluster that asks for a password, on loopback."""
    with tempfile.TemporaryDirectory() as folder:
        if os.getuid() == 0:
            shutil.chown(folder, USER)
        port, data, secret = free_port(), f"{folder}/data", Path(folder, "secret")
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        run(
            "initdb", "-D", data, "-U", "brandpulse", "-A", "scram-sha-256", "--pwfile", str(secret), "-N", "-E", "UTF8"
        )
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://brandpulse@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def test_accounts_and_the_desk_work_on_postgresql(database_url: str) -> None:
    check(database_url, *SAME)


@pytest.mark.slow
@pytest.mark.timeout(14_400)
def test_every_ticket_is_there_once_on_postgresql_after_twenty_kills(database_url: str) -> None:
    check(database_url, KILLED)


def check(database_url: str, *names: str) -> None:
    given = {"BRANDPULSE__SERVING__DATABASE_URL": database_url, "BRANDPULSE_DATABASE_PASSWORD": PASSWORD}
    tests = [str(PROJECT / "tests" / "serving" / name) for name in names]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=PROJECT,
        env=job_environment() | given,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert PASSWORD not in done.stdout + done.stderr


def test_the_tests_were_really_on_postgresql(database_url: str) -> None:
    given = {"BRANDPULSE__SERVING__DATABASE_URL": database_url, "BRANDPULSE_DATABASE_PASSWORD": "wrong"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/serving/api/test_audit.py"],
        cwd=PROJECT,
        env=job_environment() | given,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "password authentication failed" in done.stdout
