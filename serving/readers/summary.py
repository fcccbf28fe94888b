"""How does a brand do now, in this day and in this week, against the week before?"""

from datetime import datetime, timedelta

from conf.settings import Settings
from pipelines.sources.mongo import Document, Ids, read_run
from serving.readers.rows import Rows, in_one_run
from serving.readers.trends import HOURS, NAME, has_figures

WEEK = timedelta(weeks=1)
COMPARED = (
    *("positive_share", "neutral_share", "negative_share", "sentiment_mean", "complaint_share"),
    *("share_of_voice", "engagement_per_tweet"),
)
LATEST = 200
"""Enough windows of each size for those of a week before: 168 hours."""


def read_summary(settings: Settings, brand: str) -> Rows:
    """One row: `now`, `day` and `week`, each {current, week_before, change}; no row if the brand has no trends.

    `now` is the window with figures that began last, of several the narrowest; `day` and `week` are the newest with
    tweets. `change` is current less week_before, null where either is.
    """

    def read(run: int, as_of: datetime) -> Rows:
        rows = {window: _newest(settings, run, brand, window) for window in HOURS}
        if not any(rows.values()):
            return Rows(run, as_of, [])
        parts = {"now": _now(rows), "day": _compared(rows["day"]), "week": _compared(rows["week"])}
        return Rows(run, as_of, [{"brand": brand, "run": run, "as_of": as_of} | parts])

    return in_one_run(settings, NAME, read)


def _newest(settings: Settings, run: int, brand: str, window: str) -> list[Document]:
    return read_run(settings, NAME, run, Ids.under(brand, window), limit=LATEST, newest_first=True)


def _now(rows: dict[str, list[Document]]) -> Document:
    shown = [(row["started_at"], window) for window in HOURS for row in rows[window] if has_figures(row)]
    newest, window = max(shown, key=lambda each: each[0], default=(None, "hour"))
    return _compared([row for row in rows[window] if newest is None or row["started_at"] <= newest])


def _compared(newest_first: list[Document]) -> Document:
    if not newest_first:
        return {"current": None, "week_before": None, "change": None}
    current = newest_first[0]
    before = next((row for row in newest_first if row["started_at"] == current["started_at"] - WEEK), None)
    change = {name: _difference(current[name], before[name]) for name in COMPARED} if before else None
    return {"current": current, "week_before": before, "change": change}


def _difference(current: float | None, before: float | None) -> float | None:
    return None if current is None or before is None else round(current - before, 9)
