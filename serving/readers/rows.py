"""Rows of one published run, and the cursor to the next of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from conf.settings import Settings
from pipelines.sources.mongo import Document, Ids, SnapshotExpired, read_pointer, read_run


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after an `_id` of a run. As text `<run>~<_id>`."""

    run: int
    after: str

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        run, _, after = text.partition("~")
        return cls(int(run), after)

    def __str__(self) -> str:
        return f"{self.run}~{self.after}"


@dataclass(frozen=True)
class Page:
    """At most `limit` rows after the cursor; all if 0."""

    limit: int = 0
    cursor: Cursor | None = None


@dataclass(frozen=True)
class Rows:
    """`run` is None if nothing has been published. `chosen`: what the reader chose where the question left it open."""

    run: int | None
    as_of: datetime | None
    rows: list[Document]
    next: Cursor | None = None
    chosen: dict[str, Any] | None = None


NOTHING = Rows(None, None, [])
WHOLE = Page()


def published_run(settings: Settings, name: str) -> int | None:
    pointer = read_pointer(settings, name)
    return None if pointer is None else int(pointer["run"])


def in_one_run(
    settings: Settings, name: str, read: Callable[[int, datetime], Rows], cursor: Cursor | None = None
) -> Rows:
    """`read(run, as_of)` of the cursor's run, else of the latest one, again if that expires meanwhile.

    SnapshotExpired if the cursor's run is no longer published.
    """
    while (pointer := read_pointer(settings, name)) is not None:
        try:
            return read(pointer["run"] if cursor is None else cursor.run, pointer["as_of"])
        except SnapshotExpired:
            if cursor is not None:
                raise
    if cursor is not None:
        raise SnapshotExpired(f"{name} is not published")
    return NOTHING


def read_rows(settings: Settings, name: str, ids: Ids, page: Page, where: Document | None = None) -> Rows:
    """A page of the documents with these ids."""

    def read(run: int, as_of: datetime) -> Rows:
        return rows_of_run(settings, name, run, as_of, ids, page, where)

    return in_one_run(settings, name, read, page.cursor)


def rows_of_run(
    settings: Settings, name: str, run: int, as_of: datetime, ids: Ids, page: Page, where: Document | None = None
) -> Rows:
    after = page.cursor.after if page.cursor else None
    limit = page.limit and page.limit + 1  # one more shows whether there is a next page
    found = read_run(settings, name, run, replace(ids, after=after), where, limit)
    rows = found[: page.limit] if page.limit else found
    following = Cursor(run, rows[-1]["_id"]) if len(found) > len(rows) else None
    return Rows(run, as_of, rows, following)


def read_row(settings: Settings, name: str, key: str) -> Rows:
    """The document with this `_id`, if there is one."""
    return read_rows(settings, name, Ids(), WHOLE, {"_id": key})  # in place of the range: a plain look-up
