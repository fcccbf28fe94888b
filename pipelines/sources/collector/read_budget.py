"""The read budget: reads and costs per source and UTC day, a forecast, and when to read less.

`level` is 0 while everything may be read; at 1 the rules of priority 3 are removed, at 2 those of priority 2 too, at 3
reading ends.
"""

import logging
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from conf.settings import Settings
from pipelines.sources.collector.read_filter import ReadFilter
from pipelines.sources.collector.store import Store, collector_folder
from pipelines.sources.x.clock import Clock
from runtime.errors import BudgetExhausted

logger = logging.getLogger("brandpulse.budget")

_DAY_SECONDS = 86_400.0
EXHAUSTED = 3


@dataclass(frozen=True)
class Spending:
    """The month so far: reads, their cost in US dollars, and the reads by its end at the pace of the last days."""

    month: str
    reads: int
    cost: float
    forecast: int
    limit: int

    @property
    def share(self) -> float:
        """Share of the month's reads, 0..1 and above."""
        return self.reads / self.limit


class ReadBudget:
    """Counts reads in memory until `save`; used by all threads of a collector."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._filter: ReadFilter | None = None
        self._lock = Lock()
        self._unsaved: Counter[tuple[str, str]] = Counter()
        self._costs: defaultdict[tuple[str, str], float] = defaultdict(float)

    def count(self, source: str, ids: Iterable[int], price: float | None = None) -> None:
        """Count posts that X delivered; a post counts once per UTC day. `price` is in US dollars per post."""
        price = self._settings.x.price_per_read if price is None else price
        with self._lock:
            day = self._today()
            new = sum(day.is_new(tweet_id) for tweet_id in ids)
            self._unsaved[day.day, source] += new
            self._costs[day.day, source] += new * price

    def save(self) -> None:
        """Save what was counted since the last time."""
        with self._lock:
            unsaved, self._unsaved = self._unsaved, Counter()
            costs, self._costs = self._costs, defaultdict(float)
        for (day, source), reads in unsaved.items():
            self._store.write(
                "INSERT INTO reads VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " reads = reads + excluded.reads, cost = cost + excluded.cost",
                *(day, source, reads, costs[day, source]),
            )

    def spending(self) -> Spending:
        """The current month, as saved."""
        return read_spending(self._store, self._settings.x.monthly_reads, self._clock.now())

    def level(self, spending: Spending) -> int:
        """How far to reduce reading, 0 to 3."""
        limits = self._settings.budget
        middle = (limits.soft_share + limits.hard_share) / 2
        return sum(spending.share >= share for share in (limits.soft_share, middle, limits.hard_share))

    def alert(self, spending: Spending) -> list[float]:
        """Warn once per month that a share of `budget.alert_shares` is reached; return the newly reached shares."""
        reached = []
        for share in sorted(self._settings.budget.alert_shares):
            name = f"alert:{spending.month}:{share:g}"
            if spending.share >= share and not self._store.rows("SELECT 1 FROM notes WHERE name = ?", name):
                self._store.write("INSERT OR IGNORE INTO notes VALUES (?, '')", name)
                reached.append(share)
                logger.warning(
                    "budget share=%.0f%% reads=%d limit=%d usd=%.2f forecast=%d month=%s",
                    *(100 * share, spending.reads, spending.limit, spending.cost, spending.forecast, spending.month),
                )
        return reached

    def check_hard_limit(self) -> None:
        """BudgetExhausted when the hard limit is reached."""
        spending = self.spending()
        if self.level(spending) >= EXHAUSTED:
            raise BudgetExhausted(
                f"{spending.reads:,} posts were read in {spending.month}, {spending.share:.0%} of x.monthly_reads: "
                "wait for the next month, or raise x.monthly_reads or budget.hard_share"
            )

    def _today(self) -> ReadFilter:
        day = day_of(self._clock.now())
        if self._filter is None or self._filter.day != day:
            if self._filter:
                self._filter.close()
            self._filter = ReadFilter(collector_folder(self._settings), day)
        return self._filter


def day_of(moment: float) -> str:
    """The UTC day of a moment, `yyyy-mm-dd`."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def read_spending(store: Store, limit: int, now: float) -> Spending:
    """The spending of the month of `now` (Unix seconds)."""
    month = day_of(now)[:7]
    rows = store.rows(
        "SELECT day, sum(reads) AS reads, sum(cost) AS cost FROM reads WHERE day LIKE ? GROUP BY day", f"{month}-%"
    )
    by_day = {row["day"]: int(row["reads"]) for row in rows}
    cost = sum(float(row["cost"]) for row in rows)
    return Spending(month, sum(by_day.values()), cost, forecast_reads(by_day, now), limit)


def forecast_reads(by_day: Mapping[str, int], now: float, days: int = 7) -> int:
    """Reads by the month's end at the pace of its last `days` days, or since its first read if that is later."""
    moment = datetime.fromtimestamp(now, UTC)
    total = sum(by_day.values())
    left = monthrange(moment.year, moment.month)[1] - moment.day + 1 - now % _DAY_SECONDS / _DAY_SECONDS
    recent = {day: reads for day, reads in by_day.items() if int(day[8:]) > moment.day - days}
    if not recent:
        return total
    passed = moment.day - min(int(day[8:]) for day in recent) + now % _DAY_SECONDS / _DAY_SECONDS
    return round(total + sum(recent.values()) / max(passed, 1 / 24) * left)
