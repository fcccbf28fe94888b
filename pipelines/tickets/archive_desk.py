"""The desk's database -> gold.ticket_events, gold.feedback: what happened to tickets, what agents corrected.

Runs without Spark, cheap enough for once per minute. A run claims the new rows by one time, then appends the rows of
that time in one commit, which records it: a run after a kill in between finds the claim and appends it, none twice.
"""

import logging
from datetime import UTC, datetime, timedelta

from conf.settings import Settings
from pipelines.sinks.desk import claim_for_archive
from pipelines.sinks.lake_rows import append_plain_rows, read_transaction
from pipelines.sources.accounts import Accounts
from pipelines.sources.desk import CORRECTIONS, EVENTS, open_desk, read_archived, read_last_archived

logger = logging.getLogger("brandpulse.archive_desk")

ARCHIVED = {EVENTS: "gold.ticket_events", CORRECTIONS: "gold.feedback"}
APP = "archive_desk"


def run(settings: Settings, now: datetime) -> dict[str, int]:
    """Append the new rows; returns their number by table. Only one run at a time: lock the tables."""
    counts: dict[str, int] = {}
    with open_desk(settings) as desk:
        if desk is None:
            return counts
        for table, name in ARCHIVED.items():
            counts[name] = archive(settings, desk, table, name, now)
            logger.info("%s: %d new rows", name, counts[name])
    return counts


def archive(settings: Settings, desk: Accounts, table: str, name: str, now: datetime) -> int:
    """Complete the last claim if a killed run left it, then make one and append it."""
    last = read_last_archived(desk, table)
    count = 0 if last is None else append_claimed(settings, desk, table, name, last)
    # A clock that was set back must not repeat a time.
    at = max(now, last + timedelta(microseconds=1)) if last else now
    claim_for_archive(desk, table, at)
    return count + append_claimed(settings, desk, table, name, at)


def append_claimed(settings: Settings, desk: Accounts, table: str, name: str, at: datetime) -> int:
    """Append the rows claimed at `at` unless that is done; returns their number."""
    version = int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    if read_transaction(settings, name, APP) >= version:
        return 0
    rows = read_archived(desk, table, at)
    if rows:
        append_plain_rows(settings, name, rows, (APP, version))
    return len(rows)
