"""A session: the folder of what it spills, and settings that are set for a while."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from conf.session import make_scratch, spark_conf


def test_what_a_killed_process_spilled_is_removed_and_what_a_living_one_did_stays(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for pid in (dead.pid, os.getppid()):
        (tmp_path / "scratch" / str(pid) / "blockmgr").mkdir(parents=True)
    own = tmp_path / "scratch" / str(os.getpid())
    assert make_scratch(tmp_path) == own
    assert sorted(int(each.name) for each in own.parent.iterdir()) == sorted([os.getppid(), os.getpid()])


@pytest.mark.parametrize("before", [None, "7"])
def test_a_setting_is_restored_afterwards_also_after_an_error(spark: SparkSession, before: str | None) -> None:
    key = "spark.sql.autoBroadcastJoinThreshold"

    def fail_inside() -> None:
        with spark_conf(spark, {key: "9"}):
            raise ValueError(spark.conf.get(key))

    spark.conf.unset(key) if before is None else spark.conf.set(key, before)
    with pytest.raises(ValueError, match="9"):
        fail_inside()
    after = spark.conf.get(key, None)
    spark.conf.unset(key)
    assert after == before
