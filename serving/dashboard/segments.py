"""Segments: who writes about the brand, how the groups differ, and how they moved."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest

from pipelines.sources.mongo import Document
from serving.accounts.roles import Scope
from serving.alerts.changes import topic_names
from serving.dashboard import charts, words
from serving.dashboard.filters import choose, chosen_monday, options
from serving.dashboard.memory import Content
from serving.dashboard.page import PageView, brandpulse, export
from serving.readers import segments as reader
from serving.readers.changes import WEEK
from serving.readers.moves import read_segment_moves
from serving.readers.rows import WHOLE
from serving.readers.topics import read_topics

VERTICALS = {
    "Complaints": "complaint_share",
    "Share of reach": "reach_share",
    "Replies": "reply_share",
    "At night": "night_share",
}
COMPARED = (
    ("author_share", "Authors", "share of the brand's authors"),
    ("sentiment_mean", "Sentiment", "0 to 100"),
    ("complaint_share", "Complaints", "share of their tweets"),
    ("reach_share", "Reach", "share of all followers reached"),
    ("favourable_voice_share", "Favourable voice", "size and reach times sentiment"),
    ("reply_share", "Replies", "share of their tweets"),
    ("night_share", "At night", "share of their tweets"),
)
EVENTS = {
    "born": "appeared",
    "died": "dissolved",
    "kept": "stayed",
    "split": "split off",
    "merged": "merged",
    "returned": "returned",
}
MOST_EVENTS, MOST_FITS = 12, 6


class Segments(PageView):
    scope, route, template = Scope.AGGREGATES_READ, "page-segments", "dashboard/segments.html"

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, settings, week = path["brand"], brandpulse(), chosen_monday(request)
        vertical = choose(request, "against", VERTICALS, "complaint_share")
        found = reader.read_segments(settings, brand, WHOLE)
        names = {row["segment_id"]: row["name"] for row in found.rows}
        moves = {row["segment_id"]: row for row in read_segment_moves(settings, brand, names).rows}
        events = reader.read_segment_events(settings, brand, None, WHOLE)
        talk = talk_of(settings, brand)
        added = [{"move": moves.get(each), "talk": talk.get(each, [])} for each in names]
        rows = [row | more for row, more in zip(found.rows, added, strict=True)]
        label = next(label for label, name in VERTICALS.items() if name == vertical)
        return {
            "has_charts": bool(found.rows),
            "headline": headline(brand, rows),
            "captions": {"map": f"Sentiment against {label.lower()}; the area of a bubble is its number of authors"},
            "csv": {"segments": export("segments", brand), "events": export("segment-events", brand)},
            "rows": sorted(rows, key=lambda row: -(row["author_count"] or 0)),
            "map": charts.bubbles(found.rows, vertical, label),
            "vertical": vertical,
            "vertical_label": label,
            "verticals": options(VERTICALS, vertical),
            "compared": [comparison(*each, rows) for each in COMPARED],
            "movement": movement(events.rows, names),
            "week": week if week and found.as_of and week + WEEK <= found.as_of.date() else None,
            "run": found.run,
            "as_of": found.as_of,
        }


class Segment(PageView):
    scope, route, template = Scope.AGGREGATES_READ, "page-segments", "dashboard/segment.html"

    def collect(self, request: HttpRequest, **path: str) -> Content:
        brand, segment_id, settings = path["brand"], path["segment_id"], brandpulse()
        found = reader.read_segment(settings, brand, segment_id)
        if not found.rows:
            raise Http404("there is no such segment in the latest run")
        segment = found.rows[0]
        days = reader.read_segment_history(settings, brand, segment_id, None, None, WHOLE)
        events = reader.read_segment_events(settings, brand, segment_id, WHOLE)
        others = {row["segment_id"]: row["name"] for row in reader.read_segments(settings, brand, WHOLE).rows}
        history = {
            name: {"kind": "series", "unit": unit, "series": [charts.days_of(label, days.rows, name)]}
            for name, label, unit in (
                ("sentiment_mean", "Sentiment", "score"),
                ("complaint_share", "Complaints", "%"),
            )
        }
        return {
            "has_charts": True,
            "segment": segment,
            "shown": {
                "share": f"{words.percent(segment['author_share'])} of all",
                "tweets": f"{segment['tweet_count'] or 0:,} tweets",
            },
            "csv": {
                "history": export("segment-history", brand, segment_id),
                "events": export("segment-events", brand, segment_id=segment_id),
            },
            "figures": [(label, note, segment[name]) for name, label, note in COMPARED],
            "days": days.rows,
            "history": history,
            "events": [with_words(row, others) for row in reversed(events.rows[-MOST_EVENTS:])],
            "talk": talk_of(settings, brand).get(segment_id, []),
            "move": next(iter(read_segment_moves(settings, brand, [segment_id]).rows), None),
            "run": found.run,
            "as_of": found.as_of,
            "history_as_of": days.as_of,
        }


def talk_of(settings: Any, brand: str) -> dict[str, list[Document]]:
    """Segment -> the topics that it talks about more than others, the largest first."""
    topics = sorted(read_topics(settings, brand, WHOLE, topic_names(brand)).rows, key=lambda row: -row["tweet_share"])
    talk: dict[str, list[Document]] = {}
    for topic in topics:
        for each in topic["segments"] or ():
            talk.setdefault(each["name"], []).append(topic)
    return talk


def headline(brand: str, rows: Sequence[Document]) -> str:
    name = words.brand_name(brand)
    if not rows:
        return f"No segments of {name} are published yet"
    known = [row for row in rows if row["complaint_share"] is not None]
    text = f"{name} has {words.counted(len(rows), 'segment')}"
    if not known:
        return text
    worst = max(known, key=lambda row: row["complaint_share"])
    return f"{text}; {worst['name']} complain most, in {words.percent(worst['complaint_share'])} of their tweets"


def comparison(name: str, label: str, note: str, rows: Sequence[Document]) -> Content:
    """One figure of every segment, and the largest of them."""
    values: list[Any] = [row[name] for row in rows if row[name] is not None]
    tone = "worse" if name in words.WORSE_WHEN_HIGHER else "plain"
    return {"name": name, "label": label, "note": note, "most": max(values, default=0.0), "tone": tone}


def with_words(event: Document, names: dict[str, str]) -> Content:
    """An event of a fit in words; a segment that no longer exists keeps its id."""
    others = [names.get(each, each) for each in event["other_ids"] or () if each != event["segment_id"]]
    from_others = f" from {' and '.join(others)}" if others else ""
    return event | {"text": EVENTS.get(str(event["event"]), str(event["event"])) + from_others}


def movement(events: Sequence[Document], names: dict[str, str]) -> Content:
    """The newest fits as columns, and per segment what each of them made of it."""
    fits = sorted({(row["run_id"], row["as_of"]) for row in events})[-MOST_FITS:]
    cells = {(row["segment_id"], row["run_id"]): with_words(row, names) for row in events}
    ids = sorted({row["segment_id"] for row in events}, key=lambda each: (each not in names, each))
    rows = [
        {"segment_id": each, "name": names.get(each, each), "cells": [cells.get((each, run)) for run, _ in fits]}
        for each in ids
    ]
    shown = [{**row, "is_known": row["segment_id"] in names} for row in rows if any(row["cells"])]
    return {"fits": [moment for _, moment in fits], "rows": shown}
