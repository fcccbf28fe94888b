"""Does the system work: how fresh and complete is the data, what does it cost, which models score?"""

from dataclasses import replace

from conf.settings import Settings
from pipelines.sources.mongo import Document, Ids
from serving.readers.rows import Page, Rows, read_rows

NAME = "operations"
OF_MODELS = ("model", "accuracy", "calibration", "drift", "drift_day")
KINDS = ("freshness", "reconciliation", "gap", "collection_gap", "reads", "erasure", "job", *OF_MODELS)
OPTIONAL = dict.fromkeys(("low", "high", "count", "started_at", "ended_at", "detail"))


def read_operations(settings: Settings, kind: str | None, page: Page) -> Rows:
    """What was measured, by kind and name."""
    rows = read_rows(settings, NAME, Ids.under(kind) if kind else Ids(), page)
    return replace(rows, rows=[*map(_named, rows.rows)])


def read_models(settings: Settings, page: Page) -> Rows:
    """The model cards, and how far the input has drifted from what the models were trained on."""
    rows = read_rows(settings, NAME, Ids(), page, {"$or": [Ids.under(kind).condition() for kind in OF_MODELS]})
    return replace(rows, rows=[*map(_named, rows.rows)])


def _named(row: Document) -> Document:
    kind, _, name = row["_id"].partition(":")
    return OPTIONAL | row | {"kind": kind, "name": name}
