"""A lock: held by one process at a time, and gone with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.errors import TableLocked
from runtime.file_lock import hold_lock
from runtime.resources import PROJECT

HOLDER = """
import sys
from pathlib import Path
from runtime.file_lock import hold_lock
with hold_lock(Path(sys.argv[1]), str):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_is_refused_with_the_pid_of_the_first_until_that_one_is_dead(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "a.lock"
    command = [sys.executable, "-c", HOLDER, str(file)]
    first = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert first.stdout is not None and first.stdout.readline() == b"held\n"
    with (
        pytest.raises(TableLocked, match=f"^process {first.pid} works$"),
        hold_lock(file, lambda pid: f"process {pid} works"),
    ):
        pass
    first.kill()
    first.communicate()
    with hold_lock(file, str):
        assert file.read_text() == str(os.getpid())
