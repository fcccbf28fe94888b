"""Times."""

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without a zone is UTC already, as Spark's and Delta's are."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
