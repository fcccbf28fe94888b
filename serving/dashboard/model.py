"""Model: can the annotator be trusted, and does it still read what it learnt from?"""

from collections.abc import Sequence

from django.http import HttpRequest

from pipelines.sources.mongo import Document
from serving.accounts.roles import Scope
from serving.dashboard.charts import Chart, scale_of
from serving.dashboard.memory import Content
from serving.dashboard.operations import by_kind
from serving.dashboard.page import PageView, brandpulse, export
from serving.readers.operations import read_models
from serving.readers.rows import WHOLE
from serving.readers.timeline import model_changes

STABLE, SHIFTED = 0.1, 0.25
"""The usual limits of the population stability index: below the first stable, above the second shifted."""
LIMITS = [[STABLE, "stable below 0.1"], [SHIFTED, "shifted above 0.25"]]
HEADS = {
    "sentiment": "Sentiment of tweets",
    "airline": "Sentiment of tweets to airlines",
    "complaint": "Complaint or not",
    "complaint_to_brands": "Complaint or not, tweets to brands",
    "category": "Category of a complaint",
    "reason": "Reason of a complaint to an airline",
}


class Model(PageView):
    scope, route, template = Scope.OPERATIONS_READ, "page-model", "dashboard/model.html"

    def collect(self, request: HttpRequest, **path: str) -> Content:
        found = read_models(brandpulse(), WHOLE)
        kinds = by_kind(found.rows)
        days = kinds.get("drift_day", [])
        return {
            "accuracy": [row | {"title": title(row)} for row in kinds.get("accuracy", [])],
            "calibration": [
                row | {"title": title(row), "points": f"{100 * (row['value'] or 0):.1f}"}
                for row in kinds.get("calibration", [])
            ],
            "csv": {"models": export("models"), "drift": export("operations", kind="drift_day")},
            "has_charts": bool(days),
            "scale": scale_of(
                [row | {"value_low": row["low"], "value_high": row["high"]} for row in kinds.get("accuracy", [])],
                "value",
            ),
            "worst_calibration": max((row["value"] or 0 for row in kinds.get("calibration", [])), default=0),
            "measures": kinds.get("model", []),
            "drift": kinds.get("drift", []),
            "drift_days": days,
            "drift_chart": drift_chart(days),
            "headline": headline(kinds),
            "run": found.run,
            "as_of": found.as_of,
        }


def title(row: Document) -> str:
    return HEADS.get(row["name"], row["name"].replace("_", " "))


def drift_chart(days: Sequence[Document]) -> Chart:
    points = [[row["started_at"].isoformat(), row["value"], None, None, row["count"]] for row in days]
    marks = [{"at": each["at"].isoformat(), "text": each["text"]} for each in model_changes(days)]
    series = [{"name": "Stability index", "tone": "brand", "points": points}]
    return {"kind": "series", "unit": "index", "series": series, "marks": marks, "limits": LIMITS}


def headline(kinds: dict[str, list[Document]]) -> str:
    drift = next(iter(kinds.get("drift", [])), None)
    recall = next((row["value"] for row in kinds.get("model", []) if row["name"] == "macro_recall"), None)
    if recall is None and drift is None:
        return "No annotator is in use yet"
    right = "The annotator" if recall is None else f"The annotator recalls {round(100 * recall)} % of each sentiment"
    if drift is None or drift["value"] is None:
        return f"{right}; its input has not been compared with its training data yet"
    limits = ((STABLE, "looks like its training data"), (SHIFTED, "differs a little from its training data"))
    moved = "has moved away from its training data"
    return f"{right}, and its input {next((text for limit, text in limits if drift['value'] < limit), moved)}"
