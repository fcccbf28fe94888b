"""The weeks of a brand on its overview: which are there, how far one has come, which of its days stand out."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from statistics import median

from conf.settings import Settings
from pipelines.sources.mongo import Document
from serving.dashboard.memory import Content
from serving.readers.changes import MOST_WEEKS, WEEK
from serving.readers.rows import Page
from serving.readers.trends import Span, read_trends


def read_weeks(settings: Settings, brand: str, page: Page) -> dict[date, Document]:
    """The weeks with tweets, by their mondays."""
    rows = read_trends(settings, brand, "week", Span(length=MOST_WEEKS * WEEK), page).rows
    return {row["started_at"].date(): row for row in rows}


def week_and_before(weeks: dict[date, Document], monday: date | None) -> tuple[Document | None, Document | None]:
    return (weeks.get(monday), weeks.get(monday - WEEK)) if monday else (None, None)


def is_newest(weeks: dict[date, Document], week: Document) -> bool:
    return bool(week["started_at"].date() == max(weeks))


def extreme_days(days: Sequence[Document], week: Document | None, before: Document | None) -> Content:
    """The worst and the best day of the week; their dates where they stand out of this week and of the week before."""
    in_week = [row for row in days if week and week["started_at"] <= row["started_at"] < week["ended_at"]]
    known = [row for row in in_week if row["sentiment_mean"] is not None]
    if not known:
        return {"worst": None, "best": None, "worst_on": None, "best_on": None}
    worst, best = (choose(known, key=lambda row: row["sentiment_mean"]) for choose in (min, max))
    low, high = ((before or {}).get(f"sentiment_mean_{end}") for end in ("low", "high"))
    is_several = len(known) > 1
    usual = median(row["sentiment_mean"] for row in known)
    below = is_several and low is not None and (worst["sentiment_mean_high"] or 1) < min(low, usual)
    above = is_several and high is not None and (best["sentiment_mean_low"] or 0) > max(high, usual)
    return {
        "worst": worst,
        "best": best,
        "worst_on": worst["started_at"].date() if below else None,
        "best_on": best["started_at"].date() if above else None,
    }


def per_day(row: Document, as_of: datetime) -> float:
    """Tweets per day of the part of the window that has passed."""
    passed = min(as_of, row["ended_at"]) - row["started_at"]
    return float(row["tweet_count"] / max(passed / timedelta(days=1), 1 / 24))


def with_end(week: Document, as_of: datetime | None) -> Document:
    """The week with its last day so far."""
    is_running = as_of is not None and as_of < week["ended_at"]
    last = (as_of if is_running and as_of else week["ended_at"]) - timedelta(seconds=1)
    return week | {"last_day": last, "is_running": is_running}


def neighbours(weeks: Sequence[date], week: Document | None) -> Content:
    """The mondays before and after the shown week that can be asked for."""
    if week is None:
        return {"earlier": None, "later": None, "any": bool(weeks)}
    monday = week["started_at"].date()
    return {
        name: each if each in weeks else None for name, each in (("earlier", monday - WEEK), ("later", monday + WEEK))
    }
