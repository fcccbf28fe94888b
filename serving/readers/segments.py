"""Into which segments do a brand's authors fall, and how did that change?"""

from datetime import date, timedelta

from conf.settings import Settings
from pipelines.sources.mongo import Ids
from serving.readers.rows import Page, Rows, read_row, read_rows

NAME, HISTORY, EVENTS = "segments", "segment_history", "segment_events"


def read_segments(settings: Settings, brand: str, page: Page) -> Rows:
    """The brand's segments, by segment_id."""
    return read_rows(settings, NAME, Ids.under(brand), page)


def read_segment(settings: Settings, brand: str, segment_id: str) -> Rows:
    return read_row(settings, NAME, f"{brand}:{segment_id}")


def read_segment_history(
    settings: Settings, brand: str, segment_id: str, first: date | None, last: date | None, page: Page
) -> Rows:
    """The segment on each day from `first` to `last`, both included, the oldest first."""
    whole = Ids.under(brand, segment_id)
    start = whole.start + (first.isoformat() if first else "")
    end = whole.start + (last + timedelta(days=1)).isoformat() if last and last < date.max else whole.end
    return read_rows(settings, HISTORY, Ids(start, end), page)


def read_segment_events(settings: Settings, brand: str, segment_id: str | None, page: Page) -> Rows:
    """What fits made of the brand's segments, the oldest first; `segment_id`: of one, searched among the brand's."""
    return read_rows(settings, EVENTS, Ids.under(brand), page, {"segment_id": segment_id} if segment_id else None)
