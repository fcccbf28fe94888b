"""`python -m jobs` lists every job once, under its capability."""

import subprocess
import sys

from jobs.__main__ import ORDER, build_index
from runtime.resources import PROJECT
from tests.jobs.names import JOBS


def test_every_job_is_listed_once_under_a_capability() -> None:
    blocks = [block.splitlines() for block in build_index(PROJECT / "jobs").split("\n\n")]
    listed = [line.split()[0] for block in blocks for line in block[1:]]
    assert sorted(listed) == JOBS
    assert [block[0] for block in blocks] == [name for name in ORDER if name in [block[0] for block in blocks]]
    assert next(block[0] for block in blocks if "  erase_tweets" in "\n".join(block)) == "privacy"


def test_the_module_prints_the_index() -> None:
    done = subprocess.run([sys.executable, "-m", "jobs"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(build_index(PROJECT / "jobs"))
