"""Gaps of the stream: one row per gap, from the last tweet before it to the first one after it, and its repair.

    from_id < lost < to_id            by the order of arrival
    since_id < searched < until_id    wider at both ends, because X delivers late and out of order

A gap is open until the stream has reconnected and search has run; then it is `repaired` (nothing is missing),
`lost_retweets` (only retweets are missing, which search does not return) or `lost` (`reason` names what else is).
"""

import sqlite3
from dataclasses import dataclass, fields
from enum import StrEnum

from pipelines.sources.collector.store import Store
from pipelines.sources.x.clock import SEQUENCE_BITS, first_id, moment_of


class State(StrEnum):
    OPEN = "open"
    REPAIRED = "repaired"
    LOST_RETWEETS = "lost_retweets"
    LOST = "lost"


@dataclass(frozen=True)
class Position:
    """How far a source is complete: every tweet up to `tweet_id` is acknowledged, and at `alive_at` none was waiting.

    `alive_at` is in Unix seconds of X's clock; `is_clean` is False after a kill.
    """

    tweet_id: int
    alive_at: float
    is_clean: bool


@dataclass(frozen=True)
class Gap:
    """One row. Times are Unix seconds of X's clock; `to_id`, `until_id` and `ended_at` are None while it lasts.

    `found` is the number of tweets that search returned, those already received included.
    """

    gap_id: int
    source: str
    cause: str
    detail: str
    state: State
    reason: str
    from_id: int
    to_id: int | None
    since_id: int
    until_id: int | None
    opened_at: float
    ended_at: float | None
    found: int
    settled_at: float | None

    @property
    def seconds(self) -> float:
        """Its length; 0 while it lasts."""
        return 0.0 if self.ended_at is None else max(0.0, self.ended_at - self.opened_at)


class GapLedger:
    """The gaps and the position of one source."""

    def __init__(self, store: Store, source: str, overlap_seconds: float) -> None:
        self._store, self._source, self._overlap = store, source, overlap_seconds

    def position(self) -> Position | None:
        """The last saved position; None before the first."""
        rows = self._store.rows("SELECT * FROM positions WHERE source = ?", self._source)
        row = rows[0] if rows else None
        return Position(row["tweet_id"], row["alive_at"], bool(row["is_clean"])) if row else None

    def save(self, position: Position) -> None:
        """Replace the position."""
        self._store.write(
            "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)",
            *(self._source, position.tweet_id, position.alive_at, position.is_clean),
        )

    def open(self, cause: str, detail: str, last_id: int, alive_at: float) -> None:
        """Open a gap after `last_id` (0: none) and `alive_at`; one that is already open is extended.

        `alive_at`: when X last had nothing to send, in Unix seconds of its clock.
        """
        since_id = max(0, max(last_id, first_id(alive_at)) - _ids_of(self._overlap))
        from_id = last_id or since_id
        lasting = self._lasting()
        if lasting:
            self._store.write(
                "UPDATE gaps SET from_id = ?, since_id = ? WHERE gap_id = ?",
                *(min(from_id, lasting.from_id), min(since_id, lasting.since_id), lasting.gap_id),
            )
            return
        self._store.write(
            "INSERT INTO gaps (source, cause, detail, state, reason, from_id, since_id, opened_at, found)"
            " VALUES (?, ?, ?, ?, '', ?, ?, ?, 0)",
            *(self._source, cause, detail, State.OPEN, from_id, since_id, max(alive_at, moment_of(last_id))),
        )

    def end(self, moment: float) -> None:
        """Record that the stream has been back since `moment`."""
        lasting = self._lasting()
        if lasting:
            until_id = first_id(moment + self._overlap)
            self._store.write(
                "UPDATE gaps SET until_id = ?, ended_at = ? WHERE gap_id = ?", until_id, moment, lasting.gap_id
            )

    def first_after(self, tweet_id: int) -> None:
        """Record the first tweet after the last gap."""
        self._store.write(
            "UPDATE gaps SET to_id = ? WHERE gap_id = (SELECT max(gap_id) FROM gaps WHERE source = ?)"
            " AND to_id IS NULL AND ended_at IS NOT NULL",
            *(max(tweet_id, 1), self._source),
        )

    def due(self, searchable_until: float) -> list[Gap]:
        """Open gaps that are over and that search can cover; oldest first."""
        latest = first_id(searchable_until)
        return [gap for gap in self.gaps(State.OPEN) if gap.until_id is not None and gap.until_id <= latest]

    def settle(self, gap: Gap, state: State, found: int, reason: str, moment: float) -> None:
        """Save the outcome of a repair; with state OPEN the gap stays open for `reason`."""
        self._store.write(
            "UPDATE gaps SET state = ?, found = ?, reason = ?, settled_at = ? WHERE gap_id = ?",
            *(state, found, reason, None if state is State.OPEN else moment, gap.gap_id),
        )

    def note_loss(self, from_id: int, to_id: int, reason: str) -> None:
        """Record a gap that cannot be repaired."""
        self._store.write(
            "INSERT INTO gaps (source, cause, detail, state, reason, from_id, to_id, since_id, until_id, opened_at,"
            " ended_at, found, settled_at) VALUES (?, 'too_late', '', ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
            *(self._source, State.LOST, reason, from_id, to_id, from_id, to_id),
            *(moment_of(from_id), moment_of(to_id), moment_of(to_id)),
        )

    def gaps(self, *states: State) -> list[Gap]:
        """Gaps in one of these states, or all; oldest first."""
        wanted = states or tuple(State)
        placeholders = ", ".join("?" * len(wanted))
        sql = f"SELECT * FROM gaps WHERE source = ? AND state IN ({placeholders}) ORDER BY gap_id"
        return [_gap(row) for row in self._store.rows(sql, self._source, *wanted)]

    def _lasting(self) -> Gap | None:
        return next((gap for gap in self.gaps(State.OPEN) if gap.ended_at is None), None)


def read_gaps(store: Store) -> list[Gap]:
    """The gaps of all sources, oldest first."""
    return [_gap(row) for row in store.rows("SELECT * FROM gaps ORDER BY gap_id")]


def _gap(row: sqlite3.Row) -> Gap:
    return Gap(**{field.name: row[field.name] for field in fields(Gap)} | {"state": State(row["state"])})


def _ids_of(seconds: float) -> int:
    return int(seconds * 1000) << SEQUENCE_BITS
