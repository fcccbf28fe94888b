"""Work that is repeated until the process is told to end."""

import os
import signal
import time

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
