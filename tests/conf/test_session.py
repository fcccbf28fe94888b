"""Where a session leaves what it spills."""

import os
import subprocess
import sys
from pathlib import Path

from conf.session import make_scratch


def test_what_a_killed_process_spilled_is_removed_and_what_a_living_one_did_stays(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for pid in (dead.pid, os.getppid()):
        (tmp_path / "scratch" / str(pid) / "blockmgr").mkdir(parents=True)
    own = tmp_path / "scratch" / str(os.getpid())
    assert make_scratch(tmp_path) == own
    assert sorted(int(each.name) for each in own.parent.iterdir()) == sorted([os.getppid(), os.getpid()])
