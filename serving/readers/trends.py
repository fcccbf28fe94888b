"""How did what people say about a brand change over time?"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from conf.settings import Settings
from pipelines.sources.mongo import Document, Ids, read_run
from serving.readers.rows import Page, Rows, in_one_run, rows_of_run

NAME = "trends"
HOURS = {"hour": 1, "6h": 6, "day": 24, "week": 168}
"""The windows from the narrowest to the widest."""
MOST_POINTS = 500
"""A window that would cut the time into more parts is not chosen by itself."""
SHOWN_SHARE = 0.5
"""The chosen window shows figures in at least so many of its parts with tweets."""
DEFAULT_SPAN = timedelta(days=7)
EARLIEST, LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """Windows that start at `start` or later and before `end`; without them the `length` before the other.

    Without both, before the end of the brand's newest window, so that an archive of last year is not an empty time.
    """

    start: datetime | None = None
    end: datetime | None = None
    length: timedelta | None = None

    def within(self, newest: Callable[[], datetime]) -> tuple[datetime, datetime]:
        """The ends; `newest` is asked only where neither of the span's own says when it ends."""
        length = self.length or DEFAULT_SPAN
        end = self.end or (_moved(self.start, length) if self.start and self.length else newest())
        return self.start or _moved(end, -length), end


def read_trends(settings: Settings, brand: str, window: str | None, span: Span, page: Page) -> Rows:
    """The brand's windows of that size, the oldest first; without a size the narrowest that shows figures.

    `chosen` has the window, and the time from..to that the rows are of.
    """

    def read(run: int, as_of: datetime) -> Rows:
        start, end = span.within(lambda: _newest_end(settings, run, brand, as_of))
        size = window or _narrowest_shown(settings, run, brand, start, end)
        rows = rows_of_run(settings, NAME, run, as_of, _ids(brand, size, start, end), page)
        return replace(rows, chosen={"window": size, "from": start, "to": end})

    return in_one_run(settings, NAME, read, page.cursor)


def _newest_end(settings: Settings, run: int, brand: str, as_of: datetime) -> datetime:
    newest = read_run(settings, NAME, run, Ids.under(brand, "hour"), limit=1, newest_first=True)
    return min([as_of, *(row["ended_at"] for row in newest)])


def _narrowest_shown(settings: Settings, run: int, brand: str, start: datetime, end: datetime) -> str:
    hours = (end - start) / timedelta(hours=1)
    for window in [name for name, length in HOURS.items() if hours / length <= MOST_POINTS]:
        rows = read_run(settings, NAME, run, _ids(brand, window, start, end))
        if rows and sum(map(has_figures, rows)) >= SHOWN_SHARE * len(rows):
            return window
    return "week"


def has_figures(row: Document) -> bool:
    """Whether enough authors stand behind the window's figures."""
    return row["author_count"] is not None


def _ids(brand: str, window: str, start: datetime, end: datetime) -> Ids:
    return Ids(*(f"{brand}:{window}:{_hour(moment)}" for moment in (start, max(start, end))))


def _hour(moment: datetime) -> str:
    """The first full hour that is not before the moment, as in the ids."""
    full = moment.replace(minute=0, second=0, microsecond=0)
    return f"{(full if full == moment else _moved(full, timedelta(hours=1))).isoformat()[:13]}Z"


def _moved(moment: datetime, by: timedelta) -> datetime:
    """`moment + by`, within the years that a date can have."""
    try:
        return moment + by
    except OverflowError:
        return LATEST if by > timedelta(0) else EARLIEST
