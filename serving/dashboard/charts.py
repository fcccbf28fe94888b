"""What a chart is made of, as plain data: `charts.js` draws it, the chart frame shows the same rows as a table."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil, floor
from typing import Any

from pipelines.sources.mongo import Document
from serving.readers.trends import has_figures

Chart = dict[str, Any]
HUNDRED = 100


def line(name: str, rows: Iterable[Document], figure: str, tone: str = "brand") -> Chart:
    """A series of a figure with its interval; a window that is not shown, or without a tweet, is a gap."""
    points: list[list[Any]] = []
    ended_at: datetime | None = None
    for row in rows:
        if ended_at is not None and row["started_at"] > ended_at:
            points.append([ended_at.isoformat(), None, None, None, 0])
        ends = (_hundred(row.get(f"{figure}{end}")) for end in ("", "_low", "_high"))
        points.append([row["started_at"].isoformat(), *ends, row.get("scored_author_count") or row.get("author_count")])
        ended_at = row["ended_at"]
    return {"name": name, "tone": tone, "points": points}


def counts(name: str, rows: Iterable[Document], tone: str = "quiet") -> Chart:
    return {"name": name, "tone": tone, "points": [[row["started_at"].isoformat(), row["tweet_count"]] for row in rows]}


def hidden(rows: Sequence[Document]) -> list[list[str]]:
    """From when to when no figures are shown, neighbouring windows together."""
    spans: list[list[datetime]] = []
    for row in rows:
        if has_figures(row) and row["sentiment_mean"] is not None:
            continue
        if spans and spans[-1][1] == row["started_at"]:
            spans[-1][1] = row["ended_at"]
        else:
            spans.append([row["started_at"], row["ended_at"]])
    return [[start.isoformat(), end.isoformat()] for start, end in spans]


def _hundred(value: float | None) -> float | None:
    return None if value is None else round(HUNDRED * value, 2)


def mix(rows: Sequence[Document]) -> Chart:
    """Negative, neutral and positive of each window: together 100."""
    tones = {"negative": "worse", "neutral": "neutral", "positive": "better"}
    series = [
        {
            "name": name.capitalize(),
            "tone": tone,
            "points": [[row["started_at"].isoformat(), _hundred(row[f"{name}_share"])] for row in rows],
        }
        for name, tone in tones.items()
    ]
    return {"kind": "mix", "unit": "%", "series": series, "hidden": hidden(rows)}


def bubbles(segments: Sequence[Document], vertical: str, label: str) -> Chart:
    """Segments by sentiment and another figure; the area of a bubble is the number of authors."""
    points = [
        {
            "name": row["name"],
            "x": _hundred(row["sentiment_mean"]),
            "y": _hundred(row[vertical]),
            "size": row["author_count"],
        }
        for row in segments
        if row["sentiment_mean"] is not None and row[vertical] is not None
    ]
    return {"kind": "bubbles", "x": "Sentiment", "y": label, "points": points}


def days_of(name: str, days: Sequence[Document], figure: str) -> Chart:
    """A segment's figure on each day."""
    points = [
        [
            f"{row['measured_on']:%Y-%m-%d}"
            if isinstance(row["measured_on"], datetime)
            else str(row["measured_on"])[:10],
            _hundred(row[figure]),
            None,
            None,
            row["author_count"],
        ]
        for row in days
    ]
    return {"name": name, "tone": "brand", "points": points}


def table_of(chart: Chart) -> dict[str, Any]:
    """The chart's data as a table: one row per time, or per bubble; what is not shown says why."""
    if "table" in chart:
        found: dict[str, Any] = chart["table"]
        return found
    if chart["kind"] == "bubbles":
        rows = [[each["name"], round(each["x"]), round(each["y"]), each["size"]] for each in chart["points"]]
        return {"head": ["Segment", chart["x"], f"{chart['y']}, %", "Authors"], "rows": rows}
    head = ["Time, UTC"]
    for series in chart["series"]:
        head += [f"{series['name']}, {chart['unit']}"]
        head += ["95 % interval", "Authors"] if chart["kind"] == "series" else []
    by_time: dict[str, list[list[Any]]] = {}
    for series in chart["series"]:
        for point in series["points"]:
            by_time.setdefault(point[0], []).append(point)
    rows = [[_time(at), *(cell for point in points for cell in _cells(point, chart))] for at, points in by_time.items()]
    return {"head": head, "rows": rows}


def is_suppressed(chart: Chart) -> bool:
    """Whether there are points and none of them is shown."""
    points = [point for series in chart.get("series", ()) for point in series["points"]]
    return bool(points) and all(point[1] is None for point in points)


def _cells(point: list[Any], chart: Chart) -> list[Any]:
    places = 2 if chart["unit"] == "index" else 0
    hidden = "no tweets" if point[-1] == 0 else "not shown"
    value = hidden if point[1] is None else f"{point[1]:,.{places}f}"
    if chart["kind"] != "series":
        return [value]
    low, high, authors = (point[place] if len(point) > place else None for place in (2, 3, 4))
    interval = "" if low is None else f"{low:.0f} to {high:.0f}"
    return [value, interval, f"{authors:,}" if authors else ""]


def _time(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"{moment:%a %-d %b %Y}" if (moment.hour, moment.minute) == (0, 0) else f"{moment:%a %-d %b %Y, %H:%M}"


def summary_of(chart: Chart) -> str:
    """The chart in a sentence, for those who do not see it."""
    if "summary" in chart:
        return str(chart["summary"])
    if chart["kind"] == "bubbles":
        return f"{len(chart['points'])} segments by {chart['x']} and {chart['y']}; the table below has the figures"
    series = chart["series"][0]
    known = [point for point in series["points"] if point[1] is not None]
    if not known:
        return f"{series['name']}: nothing is shown in this time"
    lowest, highest = (choose(known, key=lambda point: point[1]) for choose in (min, max))
    places = 2 if chart["unit"] == "index" else 0
    ends = "; ".join(
        f"{word} {point[1]:,.{places}f} {chart['unit']} on {_time(point[0])}"
        for word, point in (("first", known[0]), ("lowest", lowest), ("highest", highest), ("last", known[-1]))
    )
    return f"{series['name']}, {len(known)} points: {ends}"


def scale_of(rows: Sequence[Document], figure: str) -> dict[str, float]:
    """The tenths around all intervals of a figure: a scale on which they can be distinguished."""
    known = [row for row in rows if row.get(figure) is not None]
    values = [
        row[name] for row in known for name in (figure, f"{figure}_low", f"{figure}_high") if row[name] is not None
    ]
    least, most = floor(10 * min(values, default=0)) / 10, ceil(10 * max(values, default=1)) / 10
    return {"least": least, "most": max(most, least + 0.1)}
