"""The targets of the benchmark of many authors, and its measure of memory."""

import subprocess
import sys

import pytest

from benchmarks import insights_scale
from benchmarks.insights_scale import STEPS, watch_memory


def measured(**figures: tuple[float, float]) -> dict[str, dict[str, float]]:
    """Every step in 10 s and 4,000 MB, following in 1 s; `figures` are others, (seconds, MB)."""
    plain = {step: (1.0 if step.startswith("follow") else 10.0, 4000.0) for step in STEPS}
    return {step: {"seconds": seconds, "peak_mb": peak} for step, (seconds, peak) in (plain | figures).items()}


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        ({}, []),
        ({"lay": (99.0, 9000.0)}, []),
        ({"follow_warm": (4.0, 4000.0)}, ["follow_warm is 2.5 times as fast as a full run, the target is 10"]),
        (
            {"segment": (10.0, 6100.0), "follow": (2.0, 4000.0)},
            [
                "segment used 6,100 MB, the limit is 6,000",
                "follow is 5.0 times as fast as a full run, the target is 10",
            ],
        ),
    ],
)
def test_memory_and_what_following_saves_are_held_against_what_is_wanted(
    figures: dict[str, tuple[float, float]],
    missed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(insights_scale, "measure", lambda _: measured(**figures))
    monkeypatch.setattr(insights_scale, "save", lambda *_: None)
    monkeypatch.setattr("sys.argv", ["insights_scale", "--authors", "1000"])
    assert insights_scale.main() == (1 if missed else 0)
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if line.startswith("missed")] == [f"missed: {one}" for one in missed]


def test_the_memory_that_a_process_shares_with_what_it_starts_counts_once() -> None:
    program = """
import os, time
stored = bytearray(b"x" * 200_000_000)
time.sleep(1.5)
if not os.fork():
    time.sleep(0.7)
    os._exit(0)
os.wait()
"""
    peak = watch_memory(subprocess.Popen([sys.executable, "-c", program]))
    assert 200 < peak < 300
