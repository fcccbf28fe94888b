"""Operations: is the data fresh and complete, and what does it cost?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from pipelines.sources.mongo import Document
from serving.accounts.roles import Scope
from serving.dashboard.memory import Content
from serving.dashboard.page import PageView, brandpulse, export
from serving.readers.operations import read_operations
from serving.readers.rows import WHOLE

REFRESHED = ("bronze.tweets", "silver.tweets", "gold.brand_trends")
EXPORTED = {"freshness": "freshness", "jobs": "job", "reads": "reads", "gaps": "gap", "erasures": "erasure"}
DEADLINE_HOURS = 24


class Operations(PageView):
    scope, route, template = Scope.OPERATIONS_READ, "page-operations", "dashboard/operations.html"

    def collect(self, request: HttpRequest, **path: str) -> Content:
        found = read_operations(brandpulse(), None, WHOLE)
        kinds = by_kind(found.rows)
        limit = 2 * brandpulse().run.refresh_minutes
        late = late_tables(kinds.get("freshness", []), limit)
        return {
            "limit_minutes": limit,
            "is_old": found.as_of is not None and timezone.now() - found.as_of > timedelta(minutes=limit),
            "kinds": kinds,
            "freshness": freshness(kinds.get("freshness", []), late),
            "refreshed": ", ".join(REFRESHED),
            "overdue": bool(overdue(kinds)),
            "csv": {name: export("operations", kind=kind) for name, kind in EXPORTED.items()},
            "late": late,
            "headline": headline(kinds, late),
            "budget": budget(kinds.get("reads", [])),
            "due_by": due_by(kinds, found.as_of),
            "erasures": {row["name"].replace(" ", "_"): row for row in kinds.get("erasure", [])},
            "jobs": [row | {"age": age(row["value"])} for row in kinds.get("job", [])],
            "run": found.run,
            "as_of": found.as_of,
        }


def by_kind(rows: Sequence[Document]) -> dict[str, list[Document]]:
    kinds: dict[str, list[Document]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], []).append(row)
    return kinds


def freshness(rows: Sequence[Document], late: Sequence[Document]) -> list[Document]:
    """Each table with its age and whether it is late; those that each refresh writes come first."""
    names = {row["name"] for row in late}
    ordered = sorted(rows, key=lambda row: (row["name"] not in REFRESHED, row["value"] is None, row["name"]))
    return [
        row | {"is_late": row["name"] in names, "is_watched": row["name"] in REFRESHED, "age": age(row["value"])}
        for row in ordered
    ]


def age(minutes: float | None) -> str:
    """Minutes in the unit that matters."""
    if minutes is None:
        return "–"
    size, unit = next((each for each in ((1440, "d"), (60, "h")) if minutes >= each[0]), (1, "min"))
    return f"{minutes / size:.0f} {unit}"


def late_tables(rows: Sequence[Document], limit: float) -> list[Document]:
    """The tables that each refresh writes and whose last commit is more than `limit` minutes old."""
    return [row for row in rows if row["name"] in REFRESHED and (row["value"] is None or row["value"] > limit)]


def headline(kinds: dict[str, list[Document]], late: Sequence[Document]) -> str:
    if not kinds:
        return "Nothing has been measured yet"
    faults = []
    if late:
        faults.append(f"{len(late)} of {len(REFRESHED)} live tables are late")
    lost = sum(row["value"] or 0 for row in kinds.get("reconciliation", []))
    if lost:
        faults.append(f"{lost:,.0f} input objects are unaccounted for")
    missed = sum(row["value"] or 0 for row in kinds.get("gap", []) if row["name"] == "lost")
    if missed:
        faults.append(f"{missed:,.0f} gaps of the collection are lost")
    if overdue(kinds):
        faults.append("an erasure is overdue")
    text = "; ".join(faults)
    waiting = sum(row["value"] or 0 for row in kinds.get("erasure", []) if row["name"] == "due")
    due = f"; {waiting:,.0f} erasures wait, none overdue" if waiting else ""
    return f"{text[0].upper()}{text[1:]}" if text else f"All is fresh, complete and accounted for{due}"


def due_by(kinds: dict[str, list[Document]], as_of: datetime | None) -> datetime | None:
    """When the oldest waiting erasure has to be done."""
    oldest = next((row["value"] for row in kinds.get("erasure", []) if row["name"] == "oldest due"), None)
    return as_of + timedelta(hours=DEADLINE_HOURS - oldest) if as_of and oldest is not None else None


def overdue(kinds: dict[str, list[Document]]) -> list[Document]:
    waiting = (row for row in kinds.get("erasure", []) if row["name"] == "oldest due")
    return [row for row in waiting if (row["value"] or 0) > DEADLINE_HOURS]


def budget(rows: Sequence[Document]) -> Content:
    """The reads of this month by source."""
    values = [row["value"] or 0 for row in rows]
    shown = [row | {"cost": (row["detail"] or "").partition(" since")[0]} for row in rows]
    return {"rows": shown, "total": sum(values), "most": max(values, default=0)}
