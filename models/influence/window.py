"""The time that cascades and influencers cover."""

from datetime import UTC, date, datetime, timedelta


def first_day(window_days: int, as_of: datetime) -> date:
    """The first day of the window, in UTC; a time without a zone is UTC, as Spark's are."""
    moment = as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    return moment.astimezone(UTC).date() - timedelta(days=window_days)
