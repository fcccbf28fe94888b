"""The scratch folder of a session."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from conf.session import make_scratch
from runtime.resources import PROJECT


def test_what_a_killed_process_spilled_is_removed_and_what_a_living_one_did_stays(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for pid in (dead.pid, os.getppid()):
        (tmp_path / "scratch" / str(pid) / "blockmgr").mkdir(parents=True)
    own = tmp_path / "scratch" / str(os.getpid())
    assert make_scratch(tmp_path) == own
    assert sorted(int(each.name) for each in own.parent.iterdir()) == sorted([os.getppid(), os.getpid()])


RUNNING = """
import sys
from conf.session import build_session
from conf.settings import load_settings
settings = load_settings(overrides={"home": sys.argv[1]})
files = build_session(settings, "scratch")._jvm.java.io.File
files.createTempFile("onnxruntime", ".so")  # as Spark NLP and ONNX Runtime do, and leave behind
print("running", flush=True)
sys.stdin.read()
"""


def test_three_killed_sessions_and_one_that_ends_leave_nothing_in_tmp_or_the_scratch_folder(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = dict(os.environ) | {"PYTHONPATH": str(PROJECT), "TMPDIR": str(temporary)}
    scratch = tmp_path / "home" / "scratch"

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", RUNNING, str(tmp_path / "home")]
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"running\n"
        return process

    for _ in range(3):
        process = start()
        assert [each.name for each in scratch.iterdir()] == [str(process.pid)], "the one before is removed at the start"
        assert list((scratch / str(process.pid)).glob("onnxruntime*.so"))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    start().communicate()
    assert list(scratch.iterdir()) == []
    assert list(temporary.iterdir()) == []
