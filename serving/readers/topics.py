"""What do people talk about, since when, and how does it move? And which tweets say nothing?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from conf.settings import Settings
from pipelines.sources.mongo import Document, Ids, read_run
from serving.readers.changes import WEEK, change_of, share
from serving.readers.moves import as_day
from serving.readers.rows import WHOLE, Page, Rows, in_one_run, read_row, read_rows, rows_of_run
from serving.readers.trends import HOURS, MOST_POINTS, Span

NAME, EVENTS, TRENDS, CLEANING = "topics", "topic_events", "topic_trends", "cleaning_report"
NO_TOPIC = "none"
"""The topic of tweets without one."""
WEEKS = 12


def read_topics(settings: Settings, brand: str, page: Page, names: Mapping[str, str]) -> Rows:
    """The brand's topics, by topic_id; `names`: those that somebody renamed."""
    return _named(read_rows(settings, NAME, Ids.under(brand), page), names)


def read_topic(settings: Settings, brand: str, topic_id: str, names: Mapping[str, str]) -> Rows:
    return _named(read_row(settings, NAME, f"{brand}:{topic_id}"), names)


def read_topic_events(settings: Settings, brand: str, topic_id: str | None, page: Page) -> Rows:
    """What fits made of the brand's topics, the oldest first; `topic_id`: of one, searched among the brand's."""
    return read_rows(settings, EVENTS, Ids.under(brand), page, {"topic_id": topic_id} if topic_id else None)


def read_topic_trends(
    settings: Settings, brand: str, topic_id: str | None, window: str | None, span: Span, page: Page
) -> Rows:
    """Windows of that size of one topic, or of all, by topic and time; without a size the narrowest with rows.

    `chosen` has the window, and the time from..to that the rows are of.
    """

    def read(run: int, as_of: datetime) -> Rows:
        start, end = span.within(lambda: _newest_end(settings, run, brand, as_of))
        ids = Ids.under(brand, topic_id) if topic_id else Ids.under(brand)
        size = window or _narrowest(settings, run, ids, start, end)
        rows = rows_of_run(settings, TRENDS, run, as_of, ids, page, _within(size, start, end))
        return replace(rows, chosen={"window": size, "from": start, "to": end})

    return in_one_run(settings, TRENDS, read, page.cursor)


def read_cleaning(settings: Settings, brand: str, first: date | None, last: date | None, page: Page) -> Rows:
    """How many tweets of each day have which reason, the oldest day first, from `first` to `last`, both included."""
    whole = Ids.under(brand)
    start = whole.start + (first.isoformat() if first else "")
    end = whole.start + (last + timedelta(days=1)).isoformat() if last and last < date.max else whole.end
    rows = read_rows(settings, CLEANING, Ids(start, end), page)
    return replace(rows, rows=[row | {"created_on": as_day(row["created_on"])} for row in rows.rows])


def read_topic_changes(settings: Settings, brand: str, monday: datetime, names: Mapping[str, str]) -> list[Document]:
    """The topics whose share of the week's usable tweets chance does not explain, against the week before.

    As rows of `readers.changes`, with `topic_id`, the largest change first; the intervals are Wilson's for the authors.
    """

    def read(run: int, as_of: datetime) -> Rows:
        where = {"window": "week", "started_at": {"$in": [monday, monday - WEEK]}}
        return Rows(run, as_of, read_run(settings, TRENDS, run, Ids.under(brand), where))

    rows = in_one_run(settings, TRENDS, read).rows
    titles = {row["topic_id"]: row["name"] for row in read_topics(settings, brand, WHOLE, names).rows}
    return find_topic_changes(rows, monday, titles)


def find_topic_changes(rows: list[Document], monday: datetime, titles: Mapping[str, str]) -> list[Document]:
    """Windows of two weeks -> the changes of the topics with a title that both weeks show."""
    weeks = [[row for row in rows if row["started_at"] == at] for at in (monday, monday - WEEK)]
    shares = [{row["topic_id"]: row["share_of_voice"] for row in week} for week in weeks]
    authors = [sum(row["author_count"] for row in week) for week in weeks]
    common = [topic_id for topic_id in titles if topic_id in shares[0] and topic_id in shares[1]]
    found = []
    for topic_id in common:
        now, then = (share(shown, topic_id, count) for shown, count in zip(shares, authors, strict=True))
        found.append(change_of("topics", titles[topic_id], now, then) | {"topic_id": topic_id})
    return sorted((row for row in found if not row["is_chance"]), key=lambda row: -abs(row["change"]))


def _named(rows: Rows, names: Mapping[str, str]) -> Rows:
    return replace(rows, rows=[row | {"name": names.get(row["topic_id"], row["name"])} for row in rows.rows])


def _within(window: str, start: datetime, end: datetime) -> Document:
    return {"window": window, "started_at": {"$gte": start, "$lt": end}}


def _newest_end(settings: Settings, run: int, brand: str, as_of: datetime) -> datetime:
    since = {"window": "week", "started_at": {"$gte": as_of - timedelta(weeks=WEEKS)}}
    weeks = read_run(settings, TRENDS, run, Ids.under(brand), since)
    return min([as_of, *[max(row["ended_at"] for row in weeks)]]) if weeks else as_of


def _narrowest(settings: Settings, run: int, ids: Ids, start: datetime, end: datetime) -> str:
    """The narrowest window in which half of the time has figures."""
    hours = (end - start) / timedelta(hours=1)
    for window in [name for name, length in HOURS.items() if hours / length <= MOST_POINTS]:
        rows = read_run(settings, TRENDS, run, ids, _within(window, start, end))
        if rows and len({row["started_at"] for row in rows}) >= hours / HOURS[window] / 2:
            return window
    return "day" if hours <= 24 * 28 else "week"
