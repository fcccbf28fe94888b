"""What in the system may explain a step in a series: gaps of the collection, and new versions of the annotator."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from conf.settings import Settings
from pipelines.sources.mongo import Document
from serving.readers.operations import read_operations
from serving.readers.rows import WHOLE


def read_timeline(settings: Settings, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """{kind, at, until, text} of what touches the time, the oldest first; kind is gap or model."""
    found = read_operations(settings, None, WHOLE).rows
    rows = [*gaps([row for row in found if row["kind"] == "collection_gap"])]
    rows += model_changes([row for row in found if row["kind"] == "drift_day"])
    return sorted((row for row in rows if row["at"] < end and row["until"] >= start), key=lambda row: row["at"])


def gaps(rows: Sequence[Document]) -> list[dict[str, Any]]:
    return [
        {"kind": "gap", "at": row["started_at"], "until": row["ended_at"], "text": row["detail"]}
        for row in rows
        if row["ended_at"] is not None
    ]


def model_changes(days: Sequence[Document]) -> list[dict[str, Any]]:
    """The first day of each version of the annotator but the oldest; `days`: of drift, the oldest first."""
    return [
        {"kind": "model", "at": row["started_at"], "until": row["started_at"], "text": f"annotator {row['detail']}"}
        for before, row in pairwise(days)
        if before["detail"] != row["detail"]
    ]
