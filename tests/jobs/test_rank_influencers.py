"""A run of the schedule does not end a watch of the same tables."""

from collections.abc import Callable

import pytest

from conf.settings import Settings
from jobs import rank_influencers
from runtime.errors import TableLocked
from tests.erasing import OPTIONS


def test_a_watch_passes_over_a_run_while_the_tables_are_locked(
    offline_settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refresh(*_: object) -> None:
        raise TableLocked("gold.influencers is written by process 7")

    monkeypatch.setattr(rank_influencers, "refresh", refresh)
    watch: Callable[..., None] = rank_influencers.watch
    with caplog.at_level("INFO"):
        watch(offline_settings, OPTIONS)
    assert "passed over: gold.influencers is written by process 7" in caplog.text
