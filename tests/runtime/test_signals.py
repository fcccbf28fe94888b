"""Work that is repeated until the process is told to end."""

import os
import signal
import time

import pytest

from runtime.errors import TableLocked
from runtime.signals import repeat_until_told_to_end


def test_work_is_repeated_from_start_to_start_until_sigterm() -> None:
    began, starts = time.monotonic(), list[float]()

    def work() -> None:
        starts.append(time.monotonic())
        if len(starts) == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    repeat_until_told_to_end(work, 0.05)
    assert len(starts) == 3
    assert all(later - earlier >= 0.05 for earlier, later in zip([began, *starts], starts, strict=False))
    assert signal.getsignal(signal.SIGTERM) is before


def test_work_that_finds_its_tables_locked_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    calls = list[int]()

    def work() -> None:
        calls.append(1)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        raise TableLocked("gold.influencers is written by process 7")

    with caplog.at_level("INFO"):
        repeat_until_told_to_end(work, 0.01)
    assert caplog.text.count("passed over: gold.influencers is written by process 7") == 2
