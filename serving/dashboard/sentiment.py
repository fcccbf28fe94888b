"""Sentiment: how did a figure move over time, in which category, region and language, and beside other brands?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from pipelines.sources.mongo import Document
from serving.accounts.roles import Scope
from serving.dashboard import charts, words
from serving.dashboard.filters import DAYS, choose, chosen_days, options
from serving.dashboard.memory import Content
from serving.dashboard.page import PageView, brandpulse, export, named_brands, readable_brands, whole
from serving.readers.changes import LISTS, WEEK, read_changes
from serving.readers.rows import WHOLE, Page
from serving.readers.timeline import read_timeline
from serving.readers.trends import Span, has_figures, read_trends

FIGURES = {label: name for name, label in words.LABELS.items()}
WINDOWS: dict[str, str] = {"Automatic": "", "Hour": "hour", "6 hours": "6h", "Day": "day", "Week": "week"}
TITLES = {
    "categories": "What people complain about",
    "regions": "Where they write",
    "languages": "In which language",
}
COLUMN = {"categories": "Category", "regions": "Region", "languages": "Language"}
NOUNS = {"hour": "hour", "6h": "six hours", "day": "day", "week": "week"}
MOST_ROWS = 8


class Sentiment(PageView):
    scope, route, template = Scope.AGGREGATES_READ, "page-sentiment", "dashboard/sentiment.html"

    def seen_by(self, request: HttpRequest) -> str:
        return ",".join(readable_brands(request))

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, settings = path["brand"], brandpulse()
        figure = choose(request, "figure", FIGURES, "sentiment_mean")
        days, window = chosen_days(request), choose(request, "window", WINDOWS, "")
        others = [each for each in named_brands(request) if each != brand]
        names = {"Nobody": ""} | {words.brand_name(each): each for each in others}
        compared = choose(request, "compare", names, "")
        span = Span(length=timedelta(days=days))
        found = read_trends(settings, brand, window or None, span, WHOLE)
        page, chosen = whole(found), found.chosen or {}
        size = chosen.get("window", "day")
        exact = Span(chosen.get("from"), chosen.get("to"))
        until = exact.end and exact.end.isoformat()
        beside = read_trends(settings, compared, size, exact, page).rows if compared else []
        changes = read_changes(settings, brand, None, page)
        weekly = read_trends(settings, brand, "week", Span(length=timedelta(days=DAYS["12 weeks"])), page).rows
        monday = (changes.chosen or {}).get("week")
        week = next((row for row in weekly if row["started_at"].date() == monday), None)
        return {
            "follows_trends": True,
            "has_charts": bool(found.rows),
            "captions": captions(figure, size, found.rows),
            "csv": {
                "trends": export("trends", brand, window=size if found.rows else None, last=f"{days}d", to=until),
                "weeks": export("trends", brand, window="week", last="12w", to=until),
            },
            **self.filters(request, figure, days, window, compared, names),
            "figure": figure,
            "label": words.LABELS[figure],
            "meaning": words.MEANINGS[figure],
            "headline": headline(brand, figure, found.rows),
            "first_day": exact.start,
            "last_day": exact.end and exact.end - timedelta(seconds=1),
            "window_noun": NOUNS[size],
            "rows": len(found.rows),
            "chart": series_chart(settings, brand, figure, found.rows, compared, beside),
            "volume": {"kind": "bars", "unit": "tweets", "series": [charts.counts("Tweets", found.rows)]},
            "mix": charts.mix(found.rows),
            "lists": [breakdown(kind, changes.rows, week, weekly) for kind in ("categories", "regions", "languages")],
            "week": week,
            "brands_beside": side_by_side([brand, *others], page, week),
            "begins_late": first_day(found.rows, exact.start),
            "run": found.run,
            "as_of": found.as_of,
        }

    def filters(
        self, request: HttpRequest, figure: str, days: int, window: str, compared: str, names: dict[str, str]
    ) -> Content:
        """The choices of the filter bar; `kept`: what its form has to send along."""
        return {
            "figures": options(FIGURES, figure),
            "ranges": options(DAYS, days),
            "windows": options(WINDOWS, window),
            "compares": options(names, compared),
            "kept": {name: value for name, value in request.GET.items() if name not in ("window", "compare")},
        }


def headline(brand: str, figure: str, rows: Sequence[Document]) -> str:
    """Between which values the figure lay, and where it stands."""
    name = words.brand_name(brand)
    known = [row for row in rows if row[figure] is not None]
    if not rows:
        return f"Nobody wrote about {name} in this time"
    if not known:
        return f"Too few people wrote about {name} in each window to show figures"
    unit = "" if figure == "sentiment_mean" else words.PERCENT
    low, high = (round(100 * choice(row[figure] for row in known)) for choice in (min, max))
    last = round(100 * known[-1][figure])
    between = f"stayed at {low}{unit}" if low == high else f"moved between {low} and {high}{unit}"
    label = words.LABELS[figure]
    return f"{label} of {name} {between} and ended at {last}{unit}"


def first_day(rows: Sequence[Document], start: datetime | None) -> datetime | None:
    """When the first tweets are from, if that is a week or more after the start."""
    first = rows[0]["started_at"] if rows else None
    return first if first and start and first - start >= WEEK else None


def captions(figure: str, size: str, rows: Sequence[Document]) -> dict[str, str]:
    counts = [row["scored_author_count"] for row in rows if row["scored_author_count"]]
    authors = f"; {min(counts):,} to {max(counts):,} authors per {NOUNS[size]}" if counts else ""
    unit = "0 to 100" if figure == "sentiment_mean" else "%"
    return {
        "series_title": f"{words.LABELS[figure]} per {NOUNS[size]}",
        "volume_title": f"Tweets per {NOUNS[size]}",
        "series": f"{words.MEANINGS[figure].capitalize()}; {unit}, with the 95 % interval{authors}",
        "mix": f"Mean shares of an author's tweets per {NOUNS[size]}; together 100 %",
    }


def series_chart(
    settings: Any, brand: str, figure: str, rows: Sequence[Document], compared: str, beside: Sequence[Document]
) -> charts.Chart:
    series = [charts.line(words.brand_name(brand), rows, figure)]
    if compared:
        series.append(charts.line(words.brand_name(compared), beside, figure, tone="other"))
    events = read_timeline(settings, rows[0]["started_at"], rows[-1]["ended_at"]) if rows else []
    unit = "score" if figure == "sentiment_mean" else "%"
    marks = [{"at": each["at"].isoformat(), "text": each["text"]} for each in events if each["kind"] == "model"]
    gaps = [
        [each["at"].isoformat(), each["until"].isoformat(), each["text"]] for each in events if each["kind"] == "gap"
    ]
    hidden = charts.hidden(rows)
    return {"kind": "series", "unit": unit, "series": series, "hidden": hidden, "marks": marks, "gaps": gaps}


def breakdown(kind: str, changes: Sequence[Document], week: Document | None, weekly: Sequence[Document]) -> Content:
    """The shares of the newest week, each with its interval, its change and its weeks before."""
    assert kind in LISTS
    known = {each["name"]: each for each in changes if each["kind"] == kind}
    rows = []
    for each in ((week or {}).get(kind) or [])[:MOST_ROWS]:
        line = [_share_of(row, kind, each["name"]) if has_figures(row) else None for row in weekly]
        change = known.get(each["name"])
        moved = None if change is None else change | {"verdict": words.verdict(change)}
        rows.append(each | {"shown_name": words.name_of(kind, each["name"]), "change": moved, "weeks": line})
    return {"kind": kind, "title": TITLES[kind], "noun": COLUMN[kind], "rows": rows}


def _share_of(row: Document, kind: str, name: str) -> float | None:
    return next((each["share"] for each in row[kind] or () if each["name"] == name), None)


def side_by_side(brands: Sequence[str], page: Page, week: Document | None) -> list[Content]:
    """The same week of each brand, by sentiment; `brands`: the page's own first."""
    if week is None:
        return []
    span = Span(week["started_at"], week["ended_at"])
    rows = {each: read_trends(brandpulse(), each, "week", span, page).rows for each in brands}
    found = [{"brand": each, "row": weeks[0], "is_own": each == brands[0]} for each, weeks in rows.items() if weeks]
    return sorted(found, key=lambda each: -(each["row"]["sentiment_mean"] or -1))
