"""Desk report: how much came in, how quickly was it answered, and how often was it late?"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from serving.dashboard import words
from serving.dashboard.charts import Chart
from serving.dashboard.filters import DAYS, chosen_days, options
from serving.dashboard.memory import Content
from serving.desk.pages.base import DeskView, shown
from serving.desk.pages.clocks import minutes
from serving.desk.readers.queue import Row
from serving.desk.readers.report import read_report, span_of

FIELDS = {"is_complaint": "No complaint at all", "category": "Category", "priority": "Priority"}
SERIES = (
    ("opened_count", "Opened", "brand"),
    ("solved_count", "Solved", "better"),
    ("breached_count", "Late", "worse"),
)


class DeskReport(DeskView):
    def get(self, request: HttpRequest, brand: str) -> HttpResponse:
        days = chosen_days(request)
        start, end = span_of(days)
        found = read_report({brand}, start, end)
        content: Content = self.frame(request, "page-desk-report", brand) | {
            "has_charts": True,
            "headline": headline(found),
            "ranges": options(DAYS, days),
            "first_day": start,
            "total": in_words(found["total"]),
            "waiting": found["waiting"],
            "chart": volume(found["days"]),
            "groups": [
                ("Priority", [in_words(row) for row in found["priority"]]),
                ("Team", [in_words(row) for row in found["team"]]),
                ("Category", [in_words(row | {"name": shown(row["name"])}) for row in found["category"]]),
            ],
            "corrections": corrected(found["corrections"]),
            "as_of": timezone.now(),
        }
        return render(request, "desk/report.html", content)


def in_words(figures: Row) -> Row:
    return figures | {"p50": minutes(figures["response_p50"]), "p90": minutes(figures["response_p90"])}


def volume(days: list[Row]) -> Chart:
    """Tickets opened, solved and late on each day."""
    series = [
        {"name": name, "tone": tone, "points": [[f"{row['day']:%Y-%m-%d}", row[column]] for row in days]}
        for column, name, tone in SERIES
    ]
    return {"kind": "bars", "unit": "tickets", "series": series}


def headline(found: dict[str, Any]) -> str:
    total = found["total"]
    if not total["ticket_count"]:
        return "No ticket was opened in this time"
    if total["response_p90"] is None:
        return f"{words.counted(total['ticket_count'], 'ticket').capitalize()}, none answered on X yet"
    late = f"{words.percent(total['breached_share'])} were late" if total["breached_count"] else "none was late"
    return f"Nine of ten answers came within {minutes(total['response_p90'])}; {late}"


def corrected(found: Row) -> Row:
    fields = [row | {"name": FIELDS.get(row["name"], row["name"])} for row in found["fields"]]
    pairs = [
        row | {"from": shown(row["from_value"] or "none"), "to": shown(row["to_value"] or "none")}
        for row in found["pairs"]
        if row["field"] != "is_complaint"
    ]
    return {"ticket_count": found["ticket_count"], "fields": fields, "pairs": pairs}
