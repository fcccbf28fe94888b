"""Topics: what people talk about, how each topic moves and who talks about it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from pipelines.sources.lake_tweets import Sampled
from pipelines.sources.mongo import Document
from runtime.errors import UsageError
from runtime.times import in_utc
from serving.accounts.roles import Scope
from serving.alerts.changes import rename_topic, topic_names
from serving.dashboard import charts, words
from serving.dashboard.filters import DAYS, choose, chosen_days, options
from serving.dashboard.memory import Content
from serving.dashboard.page import PageView, brandpulse, check, export, frame, may
from serving.dashboard.texts import texts_of
from serving.readers import topics as reader
from serving.readers.rows import WHOLE, Rows
from serving.readers.segments import read_segments
from serving.readers.trends import HOURS, Span

FIGURES = {"Share of tweets": "share_of_voice", "Sentiment": "sentiment_mean", "Complaints": "complaint_share"}
WINDOWS: dict[str, str] = {"Automatic": "", "6 hours": "6h", "Day": "day", "Week": "week"}
NOUNS = {"hour": "hour", "6h": "six hours", "day": "day", "week": "week"}
EVENTS = {
    "born": "appeared",
    "died": "dissolved",
    "kept": "stayed",
    "split": "split",
    "merged": "merged",
    "emerged": "emerged between two fits",
}
MOST_EVENTS = 12
TEXT_DAYS = timedelta(days=7)


class Topics(PageView):
    scope, route, template = Scope.AGGREGATES_READ, "page-topics", "dashboard/topics.html"

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, settings, days = path["brand"], brandpulse(), chosen_days(request)
        figure = choose(request, "figure", FIGURES, "share_of_voice")
        found = reader.read_topics(settings, brand, WHOLE, topic_names(brand))
        span = Span(length=timedelta(days=days))
        window = choose(request, "window", WINDOWS, "")
        trends = reader.read_topic_trends(settings, brand, None, window or None, span, WHOLE)
        chosen = trends.chosen or {}
        size = chosen.get("window", "day")
        series = lines(trends, figure, HOURS[size])
        rows = sorted(found.rows, key=lambda row: -(row["tweet_share"] or 0.0))
        return {
            "headline": headline(brand, rows),
            "rows": [row | {"line": series.get(row["topic_id"], [])} for row in rows],
            "most": max((row["tweet_share"] or 0.0 for row in rows), default=0.0),
            "unclassified": unclassified(rows),
            "figures": options(FIGURES, figure),
            "figure_label": next(label for label, name in FIGURES.items() if name == figure),
            "window_noun": NOUNS[size],
            "windows": options(WINDOWS, window),
            "ranges": options(DAYS, days),
            "segment_names": segment_names(settings, brand),
            "csv": {
                "topics": export("topics", brand),
                "trends": export("topic-trends", brand, window=size, last=f"{days}d"),
                "events": export("topic-events", brand),
            },
            "events": events_of(settings, brand, None, {row["topic_id"]: row["name"] for row in rows}),
            "run": found.run,
            "as_of": found.as_of,
        }


class Topic(PageView):
    """One topic; its name can be changed by whoever may write alerts."""

    scope, route, template = Scope.AGGREGATES_READ, "page-topics", "dashboard/topic.html"
    http_method_names = ("get", "head", "post")

    def post(self, request: HttpRequest, **path: str) -> HttpResponse:
        brand, topic_id = path["brand"], path["topic_id"]
        check(request, Scope.ALERTS_WRITE, brand)
        if not reader.read_topic(brandpulse(), brand, topic_id, {}).rows:
            raise Http404("there is no such topic in the latest run")
        try:
            rename_topic(brand, topic_id, request.POST.get("name", ""), request.user.username)
        except UsageError as error:
            return self.shown(request, path, {"fault": str(error)}, 400)
        return self.shown(request, path, {"done": "The topic has a new name."}, 200)

    def shown(self, request: HttpRequest, path: dict[str, str], state: Content, status: int) -> HttpResponse:
        found = self.collect(request, **path)
        content = frame(request, self.route, path["brand"]) | found | self.unkept(request, found) | state
        return render(request, self.template, content, status=status)

    def unkept(self, request: HttpRequest, content: Content) -> Content:
        topic, end = content["topic"], in_utc(content["as_of"])
        sampled = Sampled(topic["brand"], end - TEXT_DAYS, end, topic["topic_id"])
        return texts_of(request, sampled, f"topic {topic['topic_id']}")

    def seen_by(self, request: HttpRequest) -> str:
        return str(may(request, Scope.ALERTS_WRITE))

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, topic_id, settings, days = path["brand"], path["topic_id"], brandpulse(), chosen_days(request)
        found = reader.read_topic(settings, brand, topic_id, topic_names(brand))
        if not found.rows:
            raise Http404("there is no such topic in the latest run")
        topic = found.rows[0]
        span = Span(length=timedelta(days=days))
        trends = reader.read_topic_trends(settings, brand, topic_id, None, span, WHOLE)
        size = (trends.chosen or {}).get("window", "day")
        names = segment_names(settings, brand)
        return {
            "has_charts": bool(trends.rows),
            "topic": topic,
            "shown": {"share": f"{words.percent(topic['tweet_share'])} of the usable tweets"},
            "may_write": may(request, Scope.ALERTS_WRITE, brand),
            "window_noun": NOUNS[size],
            "charts": charts_of(trends.rows) if trends.rows else {},
            "captions": captions(size),
            "segments": [each | {"title": names.get(each["name"], each["name"])} for each in topic["segments"] or ()],
            "categories": latest(trends.rows, "categories"),
            "events": events_of(settings, brand, topic_id, {topic_id: topic["name"]}),
            "ranges": options(DAYS, days),
            "csv": {"trends": export("topic-trends", brand, topic_id=topic_id, window=size, last=f"{days}d")},
            "run": found.run,
            "as_of": found.as_of,
        }


def headline(brand: str, rows: Sequence[Document]) -> str:
    name = words.brand_name(brand)
    if not rows:
        return f"No topics of {name} are published yet"
    first = rows[0]
    return f"{name} is talked about in {words.counted(len(rows), 'topic')}, most of all about {first['name']}"


def unclassified(rows: Sequence[Document]) -> float | None:
    """The share of the usable tweets in none of the shown topics."""
    return max(0.0, round(1 - sum(row["tweet_share"] or 0.0 for row in rows), 2)) if rows else None


def lines(trends: Rows, figure: str, hours: int) -> dict[str, list[float | None]]:
    """Topic -> the figure in each window of the time, None where it is not shown."""
    starts = sorted({row["started_at"] for row in trends.rows})
    if not starts:
        return {}
    step = timedelta(hours=hours)
    places = [starts[0] + place * step for place in range(int((starts[-1] - starts[0]) / step) + 1)]
    by_topic: dict[str, dict[Any, float | None]] = defaultdict(dict)
    for row in trends.rows:
        by_topic[row["topic_id"]][row["started_at"]] = row[figure]
    return {topic_id: [values.get(at) for at in places] for topic_id, values in by_topic.items()}


def charts_of(rows: Sequence[Document]) -> Content:
    kinds = (("sentiment_mean", "Sentiment", "score"), ("complaint_share", "Complaints", "%"))
    made: Content = {
        name: {
            "kind": "series",
            "unit": unit,
            "series": [charts.line(label, rows, name)],
            "hidden": charts.hidden(rows),
        }
        for name, label, unit in kinds
    }
    return made | {"volume": {"kind": "bars", "unit": "tweets", "series": [charts.counts("Tweets", rows)]}}


def captions(size: str) -> dict[str, str]:
    return {
        "sentiment": f"Mean score of the authors per {NOUNS[size]}, 0 to 100, with the 95 % interval",
        "complaints": f"Mean share of complaints per {NOUNS[size]}, %, with the 95 % interval",
        "volume": f"Tweets per {NOUNS[size]}, rounded to 5; windows of fewer than 100 authors are not shown",
    }


def latest(rows: Sequence[Document], name: str) -> list[Document]:
    return list((rows[-1][name] or ()) if rows else ())


def segment_names(settings: Any, brand: str) -> dict[str, str]:
    return {row["segment_id"]: row["name"] for row in read_segments(settings, brand, WHOLE).rows}


def events_of(settings: Any, brand: str, topic_id: str | None, names: dict[str, str]) -> list[Content]:
    """What fits made of the topics, the newest first, in words."""
    found = reader.read_topic_events(settings, brand, topic_id, WHOLE).rows
    shown = [row for row in found if row["event"] != "kept"] if topic_id is None else found
    return [
        row | {"text": EVENTS.get(row["event"], row["event"]), "name": names.get(row["topic_id"], row["topic_id"])}
        for row in reversed(shown[-MOST_EVENTS:])
    ]
