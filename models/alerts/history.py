"""A brand's past hours, of gold.brand_trends: what baselines are learnt from, and what a rule is tried on."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from models.alerts.baseline import HOUR, Baseline, Hour, build_baseline, fill_hours
from models.alerts.signals import LastHour
from models.privacy.limits import K

Row = Mapping[str, Any]
COLUMNS = (
    *("brand", "window", "started_at", "tweet_count", "author_count"),
    *("scored_author_count", "complaint_share", "sentiment_mean"),
)


def hours_by_brand(rows: Iterable[Row], now: datetime) -> dict[str, list[Hour]]:
    """Rows of COLUMNS of the window hour -> every complete hour of each brand from its first on, without gaps."""
    found: dict[str, dict[datetime, Hour]] = defaultdict(dict)
    for row in rows:
        at = row["started_at"]
        found[row["brand"]][at] = Hour(at, row["tweet_count"], row["complaint_share"], row["sentiment_mean"])
    last = now.replace(minute=0, second=0, microsecond=0)
    return {brand: fill_hours(hours, min(hours), last) for brand, hours in found.items()}


def replay(rows: Sequence[Row], now: datetime, days: int) -> Iterator[tuple[LastHour, Baseline | None]]:
    """One brand's complete hours of the last `days`, as they were seen, each with the baseline of the day before it."""
    known = {row["started_at"]: row for row in rows}
    hours = next(iter(hours_by_brand(rows, now).values()), [])
    baseline, silent = None, 0.0
    for place, hour in enumerate(hours):
        end = hour.started_at + HOUR
        silent = 0.0 if hour.tweets else silent + 60
        if end <= now - timedelta(days=days):
            continue
        if baseline is None or hour.started_at.hour == 0:
            baseline = build_baseline(hours[:place], hour.started_at)
        yield _last_hour(known.get(hour.started_at), end, silent), baseline


def _last_hour(row: Row | None, end: datetime, silent: float) -> LastHour:
    if row is None:
        return LastHour(end, 0, 0, silent_minutes=silent)
    share = row["complaint_share"]
    complaints = None if share is None else round(share * row["tweet_count"])
    # An hour that does not say how many authors it has had fewer than K: no alert may say otherwise.
    authors = row["author_count"] if row["author_count"] is not None else min(row["tweet_count"], K - 1)
    scored = row["scored_author_count"] or 0
    return LastHour(end, row["tweet_count"], authors, complaints, scored, row["sentiment_mean"], silent)
