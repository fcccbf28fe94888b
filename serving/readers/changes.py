"""What changed in a week, against the week before, and could chance have done it?

A change is within chance when the 95 % intervals of both weeks overlap. The intervals of means are the published ones;
that of a share p of n authors is Wilson's. A share that is not shown is none of the largest: it is at most as large as
the smallest that is shown, or as HIDDEN authors.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any

from conf.settings import Settings
from pipelines.sources.mongo import Document, Ids, read_run
from serving.readers.rows import WHOLE, Cursor, Page, Rows, in_one_run
from serving.readers.trends import NAME, has_figures

WEEK = timedelta(weeks=1)
MEANS = ("sentiment_mean", "complaint_share", "negative_share", "positive_share")
LISTS = ("categories", "languages", "regions")
HIDDEN = 100
"""A share with fewer authors than this is not published (models/privacy/anonymity.py)."""
NORMAL_95 = 1.959964
MOST_WEEKS = 110
EARLY = timedelta(days=3)
"""So long a week says too little to be compared with a whole one."""


@dataclass(frozen=True)
class Figure:
    """A value and the ends of its 95 % interval; `value` is None for a share that is below `high`."""

    value: float | None
    low: float
    high: float


def read_changes(settings: Settings, brand: str, monday: date | None, page: Page = WHOLE) -> Rows:
    """The changes of a week, those that chance does not explain first, then by size; no rows without a week before.

    Without `monday` it is the newest week that shows figures, but in its first EARLY days the one before; `chosen` has
    it. A cursor is the number of rows before.
    """

    def read(run: int, as_of: datetime) -> Rows:
        found = read_run(settings, NAME, run, Ids.under(brand, "week"), limit=MOST_WEEKS, newest_first=True)
        weeks = {row["started_at"].date(): row for row in found}
        shown = [day for day, row in weeks.items() if has_figures(row)]
        settled = [day for day in shown if day <= (as_of - EARLY).date()]
        chosen = monday or next(iter([*settled, *shown, *weeks]), None)
        week = weeks.get(chosen) if chosen else None
        before = weeks.get(chosen - WEEK) if chosen else None
        rows = find_changes(week, before) if week and before else []
        return _page(Rows(run, as_of, rows, chosen={"week": chosen} if chosen else {}), run, page)

    return in_one_run(settings, NAME, read, page.cursor)


def _page(rows: Rows, run: int, page: Page) -> Rows:
    """The rows of the page; they have no `_id` to begin after."""
    after = page.cursor.after if page.cursor else ""
    start = int(after) if after.isdigit() else 0
    end = start + page.limit if page.limit else len(rows.rows)
    following = Cursor(run, str(end)) if end < len(rows.rows) else None
    return replace(rows, rows=rows.rows[start:end], next=following)


def find_changes(week: Document, before: Document) -> list[Document]:
    """{kind, name, value, low, high, before…, change, is_chance} of all that both weeks show.

    A share that one of them does not show is left out where it may be the same as in the other.
    """
    found = [change_of(*each) for each in (*_means(week, before), *_shares(week, before))]
    rows = [row for row in found if not row["is_chance"] or None not in (row["value"], row["before"])]
    return sorted(rows, key=lambda row: (row["is_chance"], -abs(row["change"])))


def _means(week: Document, before: Document) -> Iterator[tuple[str, str, Figure, Figure]]:
    for name in MEANS:
        if week[name] is not None and before[name] is not None:
            yield "figure", name, published(week, name), published(before, name)


def _shares(week: Document, before: Document) -> Iterator[tuple[str, str, Figure, Figure]]:
    if not (has_figures(week) and has_figures(before)):
        return
    for kind in LISTS:
        now, then = ({each["name"]: each["share"] for each in row[kind] or ()} for row in (week, before))
        for name in sorted({*now, *then}):
            yield kind, name, share(now, name, week["author_count"]), share(then, name, before["author_count"])


def published(row: Document, name: str) -> Figure:
    """A mean with its published interval; the mean alone where none was published."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return Figure(row[name], row[name] if low is None else low, row[name] if high is None else high)


def share(shown: dict[str, float], name: str, authors: int) -> Figure:
    """One of the shares that are shown of so many authors, with Wilson's interval."""
    value = shown.get(name)
    if value is None:
        return Figure(None, 0.0, min(1.0, max(HIDDEN / authors, min(shown.values(), default=1.0))))
    squared = NORMAL_95**2 / authors
    middle = (value + squared / 2) / (1 + squared)
    half = NORMAL_95 * sqrt(value * (1 - value) / authors + squared / (4 * authors)) / (1 + squared)
    return Figure(value, max(0.0, middle - half), min(1.0, middle + half))


def change_of(kind: str, name: str, now: Figure, then: Figure) -> dict[str, Any]:
    """A hidden share counts as the end of its range that is nearer: the change is at least so large."""
    value = now.high if now.value is None else now.value
    former = then.high if then.value is None else then.value
    ends = {"value": now.value, "low": now.low, "high": now.high}
    ends |= {"before": then.value, "before_low": then.low, "before_high": then.high}
    is_chance = now.low <= then.high and then.low <= now.high
    return {"kind": kind, "name": name} | ends | {"change": round(value - former, 9), "is_chance": is_chance}
