"""Whom do a brand's authors listen to, who stands near whom, and how did a conversation spread? Reads are audited."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from conf.settings import Settings
from pipelines.sources.mongo import Document, Ids
from serving.readers.rows import WHOLE, Page, Rows, read_rows

NAME, CASCADES = "influencers", "cascades"
ONE = Page(1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_influencers(
    settings: Settings, brand: str, topic: str | None = None, region: str | None = None, page: Page = WHOLE
) -> Rows:
    """The brand's influencers by rank; `topic`: those who complained about it, `region`: those who tweet from there."""
    where: Document = ({"topics.name": topic} if topic else {}) | ({"region": region} if region else {})
    return _with_times(read_rows(settings, NAME, Ids.under(brand), page, where or None), "posts")


def read_influencer(settings: Settings, brand: str, influencer_id: str) -> Rows:
    return _with_times(read_rows(settings, NAME, Ids.under(brand), ONE, {"influencer_id": influencer_id}), "posts")


def read_cascades(settings: Settings, brand: str, page: Page = WHOLE) -> Rows:
    """The brand's largest conversations, those with most participants first."""
    return _with_times(read_rows(settings, CASCADES, Ids.under(brand), page), "nodes")


def read_cascade(settings: Settings, brand: str, cascade_id: str) -> Rows:
    return _with_times(read_rows(settings, CASCADES, Ids.under(brand), ONE, {"cascade_id": cascade_id}), "nodes")


def named(settings: Settings, brand: str, cascades: Rows) -> Rows:
    """The conversations with `handle` in them: of the influencers who may be named now, and of nobody else.

    A tweet's id is left out with its author's name.
    """
    handles = {row["influencer_id"]: row["handle"] for row in read_influencers(settings, brand).rows}
    return replace(cascades, rows=[_named(row, handles) for row in cascades.rows])


def _with_times(found: Rows, name: str) -> Rows:
    """The rows with created_at in the place of created_ms in the list `name`."""
    rows = [row | {name: [_with_time(each) for each in row[name] or ()]} for row in found.rows]
    return replace(found, rows=rows)


def _with_time(each: Document) -> Document:
    plain = {name: value for name, value in each.items() if name != "created_ms"}
    return plain | {"created_at": EPOCH + timedelta(milliseconds=each["created_ms"])}


def _named(cascade: Document, handles: dict[str, str]) -> Document:
    handle = handles.get(cascade["influencer_id"])
    nodes = [node | {"handle": handles.get(node["influencer_id"])} for node in cascade["nodes"]]
    return cascade | {"handle": handle, "tweet_id": cascade["tweet_id"] if handle else None, "nodes": nodes}
