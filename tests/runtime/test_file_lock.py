"""A lease: held by one process at a time, and gone with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.errors import LeaseHeld
from runtime.file_lock import hold
from runtime.resources import PROJECT

HOLDER = """
import sys
from pathlib import Path
from runtime.file_lock import hold
with hold(Path(sys.argv[1]), str):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_is_refused_with_the_pid_of_the_first_until_that_one_is_dead(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "a.lease"
    command = [sys.executable, "-c", HOLDER, str(file)]
    first = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert first.stdout is not None and first.stdout.readline() == b"held\n"
    with pytest.raises(LeaseHeld, match=f"^process {first.pid} works$"), hold(file, lambda pid: f"process {pid} works"):
        pass
    first.kill()
    first.communicate()
    with hold(file, str):
        assert file.read_text() == str(os.getpid())
