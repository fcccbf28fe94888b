"""Overview: how is the brand doing this week, and what changed?"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from conf.settings import Settings
from pipelines.sources.mongo import Document
from serving.accounts.roles import Scope
from serving.alerts.changes import topic_names
from serving.dashboard import charts, words
from serving.dashboard.filters import DAYS, chosen_days, chosen_monday, options
from serving.dashboard.memory import MEMORY, UNAVAILABLE, Content
from serving.dashboard.page import PageView, SignedInView, brandpulse, export, named_brands, readable_brands, whole
from serving.dashboard.weeks import (
    extreme_days,
    is_newest,
    neighbours,
    per_day,
    read_weeks,
    week_and_before,
    with_end,
)
from serving.readers.changes import WEEK, find_changes, read_changes
from serving.readers.live import read_live
from serving.readers.moves import as_day, read_segment_moves
from serving.readers.rows import Page, Rows, published_run
from serving.readers.segments import read_segments
from serving.readers.topics import read_topic_changes
from serving.readers.trends import NAME, Span, has_figures, read_trends

MOST_CHANGES, MOST_SEGMENTS, MOST_TOPICS = 6, 5, 2


class Overview(PageView):
    scope, route, template = Scope.AGGREGATES_READ, "page-overview", "dashboard/overview.html"

    def seen_by(self, request: HttpRequest) -> str:
        return ",".join(readable_brands(request))

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, settings = path["brand"], brandpulse()
        changes = read_changes(settings, brand, chosen_monday(request))
        page, days = whole(changes), chosen_days(request)
        weeks = read_weeks(settings, brand, page)
        week, before = week_and_before(weeks, (changes.chosen or {}).get("week"))
        end = week["ended_at"] if week else None
        shown = read_trends(settings, brand, "day", Span(end=end, length=timedelta(days=days)), page).rows
        extremes = extreme_days(shown, week, before)
        return {
            "follows_trends": True,
            "has_charts": True,
            "week": week and with_end(week, changes.as_of),
            "before": before,
            "headline": headline(brand, changes, week, extremes, max(weeks, default=None)),
            "tiles": tiles(changes.rows, week, before, changes.as_of),
            "changes": [
                described(brand, each, changes.rows, extremes)
                for each in shown_changes(changes.rows, changed_topics(settings, brand, week))
            ],
            "categories": shares(changes.rows, "categories", week),
            "brands_beside": self.beside(request, brand, week, page),
            "segments": worst_segments(settings, brand, None if week is None or is_newest(weeks, week) else end),
            "chart": daily_chart(brand, shown, extremes),
            "captions": {"daily": daily_caption(shown)},
            "csv": {
                "daily": export("trends", brand, window="day", last=f"{days}d", to=end and end.isoformat()),
                "changes": export("changes", brand, week=week and week["started_at"].date()),
            },
            "weeks": neighbours(sorted(weeks), week),
            "ranges": options(DAYS, days),
            "run": changes.run,
            "as_of": changes.as_of,
            "live": read_live(settings, brand),
        }

    def beside(self, request: HttpRequest, brand: str, week: Document | None, page: Page) -> list[Content]:
        """The same week of every named brand that the user may read; what fell most is first."""
        if week is None:
            return []
        both = Span(week["started_at"] - WEEK, week["ended_at"])
        rows = {
            each: read_trends(brandpulse(), each, "week", both, page).rows for each in {brand, *named_brands(request)}
        }
        found = [
            {"brand": each, "row": weeks[-1], "change": sentiment_change(weeks), "is_own": each == brand}
            for each, weeks in rows.items()
            if weeks and weeks[-1]["started_at"] == week["started_at"]
        ]
        return sorted(found, key=lambda each: (each["change"] or {"change": 0})["change"])


class LiveTile(SignedInView):
    """The tile of the last minutes, polled; reports whether the store answers and which run is published."""

    scope = Scope.AGGREGATES_READ

    def get(self, request: HttpRequest, brand: str) -> HttpResponse:
        def read() -> Content:
            return {"live": read_live(brandpulse(), brand), "run": published_run(brandpulse(), NAME)}

        try:
            shown = MEMORY.read(f"live {brand}", read)
            content = shown.content | {"is_stale": shown.is_stale}
        except UNAVAILABLE:
            content = {"live": None, "run": None, "is_stale": True}
        return render(request, "dashboard/live_tile.html", content | {"brand": brand})


def headline(brand: str, changes: Rows, week: Document | None, extremes: Content, newest: date | None) -> str:
    """`newest`: the monday of the newest week with tweets."""
    name = words.brand_name(brand)
    if newest is None:
        return f"Nothing is published about {name} yet"
    if week is None:
        chosen = (changes.chosen or {})["week"]
        return "That week has no figures yet" if chosen > newest else f"Nobody wrote about {name} in that week"
    when = words.week_of(week["started_at"], week["ended_at"], changes.as_of)
    if not has_figures(week):
        return f"Too few people wrote about {name} {when}"
    return words.headline(name, changes.rows, extremes["worst_on"], extremes["best_on"], when)


def shown_changes(changes: Sequence[Document], topics: Sequence[Document] = ()) -> list[Document]:
    """The changes that the page shows, topics among them: without the shares of authors that sentiment is made of."""
    shown = [each for each in changes if each["name"] not in ("positive_share", "negative_share")]
    by_size = sorted([*shown, *topics], key=lambda each: (each["is_chance"], -abs(each["change"])))
    return by_size[:MOST_CHANGES]


def changed_topics(settings: Settings, brand: str, week: Document | None) -> list[Document]:
    """The topics that people talked about more or less than in the week before; none where there is no week."""
    if week is None:
        return []
    return read_topic_changes(settings, brand, week["started_at"], topic_names(brand))[:MOST_TOPICS]


def described(brand: str, change: Document, changes: Sequence[Document], extremes: Content) -> Content:
    extreme = extremes["worst" if change["change"] < 0 else "best"]
    return change | {
        "verdict": words.verdict(change),
        "sentence": words.sentence(change),
        "why": words.explanation(change, changes, extreme),
        "shown_name": words.subject_of(change),
        **link_of(brand, change),
    }


def link_of(brand: str, change: Document) -> Content:
    """Where the reader finds more about a change."""
    if change["kind"] == "topics":
        return {"url": reverse("page-topic", args=[brand, change["topic_id"]]), "link": "Topic"}
    figure = change["name"] if change["kind"] == "figure" else None
    place = f"?figure={figure}" if figure else f"#{change['kind']}"
    link = "Over time" if figure else {"categories": "Categories"}.get(change["kind"], change["kind"].capitalize())
    return {"url": f"{reverse('page-sentiment', args=[brand])}{place}", "link": link}


def tiles(
    changes: Sequence[Document], week: Document | None, before: Document | None, as_of: datetime | None
) -> Content:
    """The change of each tile, in words, with its verdict."""
    by_name = {each["name"]: each for each in changes if each["kind"] == "figure"}
    found: dict[str, Any] = {name: _tile(by_name.get(name)) for name in ("sentiment_mean", "complaint_share")}
    if week and before and as_of:
        now, then = (per_day(row, as_of) for row in (week, before))
        change = round(100 * (now / then - 1)) if then else None
        found["tweets"] = {"per_day": now, "change": change, "change_size": abs(change or 0)}
    return found


def _tile(change: Document | None) -> Content | None:
    return None if change is None else change | {"verdict": words.verdict(change)}


def sentiment_change(weeks: Sequence[Document]) -> Content | None:
    """Of the newer of two weeks; None of one alone."""
    changes = find_changes(weeks[-1], weeks[0]) if len(weeks) > 1 else []
    return _tile(next((each for each in changes if each["name"] == "sentiment_mean"), None))


def shares(changes: Sequence[Document], kind: str, week: Document | None) -> list[Content]:
    """The shares that the week shows, the largest first, each beside the week before."""
    known = {each["name"]: each for each in changes if each["kind"] == kind}
    rows = (week or {}).get(kind) or []
    return [
        {"name": words.name_of(kind, each["name"]), "share": each["share"], "change": _tile(known.get(each["name"]))}
        for each in rows
    ]


def worst_segments(settings: Settings, brand: str, until: datetime | None) -> Content:
    """Who complains: the segments with the largest share of complaints, and how they moved in a week.

    `until`: the end of a week before the newest, whose last day is shown, of the segments that still exist.
    """
    segments = read_segments(settings, brand, Page())
    ids = [row["segment_id"] for row in segments.rows]
    moves = {row["segment_id"]: row for row in read_segment_moves(settings, brand, ids, until).rows}
    rows = segments.rows if until is None else as_they_were(segments.rows, moves, until)
    known = [row | {"move": moves.get(row["segment_id"])} for row in rows if row["complaint_share"] is not None]
    ranked = sorted(known, key=lambda row: -row["complaint_share"])
    has_moves = any((row["move"] or {}).get("moves", {}).get("complaint_share") for row in known)
    return {
        "rows": ranked[:MOST_SEGMENTS],
        "count": len(segments.rows),
        "as_of": segments.as_of if until is None else until - timedelta(seconds=1),
        "has_moves": has_moves,
        "is_past": until is not None,
    }


def as_they_were(rows: Sequence[Document], moves: dict[str, Document], until: datetime) -> list[Document]:
    """The segments with the figures of their last day of the week before `until`; without those that have none."""
    monday = as_day(until - WEEK)
    newest = {each: move["newest"] for each, move in moves.items() if as_day(move["newest"]["measured_on"]) >= monday}
    figures = ("author_count", "complaint_share")
    return [
        row | {name: newest[row["segment_id"]][name] for name in figures} for row in rows if row["segment_id"] in newest
    ]


def daily_chart(brand: str, days: Sequence[Document], extremes: Content) -> charts.Chart:
    worst = extremes["worst"] if extremes["worst_on"] else None
    text = f"{worst['started_at']:%-d %b}: lowest of the week" if worst else ""
    marks = [{"at": worst["started_at"].isoformat(), "text": text, "tone": "worse"}] if worst else []
    return {
        "kind": "series",
        "unit": "score",
        "series": [charts.line(words.brand_name(brand), days, "sentiment_mean")],
        "hidden": charts.hidden(days),
        "marks": marks,
    }


def daily_caption(days: Sequence[Document]) -> str:
    counts = [row["scored_author_count"] for row in days if row["scored_author_count"]]
    authors = f", {min(counts):,} to {max(counts):,} authors per day" if counts else ""
    return f"Mean score of the authors, 0 to 100, with its 95 % interval{authors}"
