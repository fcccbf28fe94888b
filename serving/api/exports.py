"""The lists as files: CSV for spreadsheets, JSON Lines for programs; all rows of one run, without pages."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema_view
from rest_framework.request import Request

from serving.accounts.roles import Scope
from serving.api.openapi import operation
from serving.api.published import Listed, parse_query
from serving.api.view import View
from serving.readers.rows import WHOLE

Row = dict[str, Any]
FORMULA = re.compile(r"[=+\-@\t\r\n]")
NUMBER = re.compile(r"[0-9.,eE+-]+")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Export(View):
    """A list as a file. Needs the scope to export beside that to read; lists about persons have none."""

    listed: type[Listed]
    form: str
    scope = Scope.AGGREGATES_EXPORT

    def get(self, request: Request, **path: str) -> HttpResponse:
        view = self.listed()
        rows = view.read(parse_query(view.filters, request), WHOLE, **path)
        media_type, write = FORMS[self.form]
        columns = list(view.row().fields)
        text = write(columns, [with_text_ids(row) for row in view.row(rows.rows, many=True).data])
        name = "-".join([*path.values(), request.resolver_match.url_name.split(".")[0]])
        headers = {"Content-Disposition": f'attachment; filename="{name}.{self.form}"', "X-Run": str(rows.run or "")}
        return HttpResponse(text, content_type=f"{media_type}; charset=utf-8", headers=headers)


def export_of(view: type[Listed], form: str) -> type[Export]:
    """The view that exports a list in a form."""
    media_type = FORMS[form][0]
    described = extend_schema_view(
        get=operation(
            "Exports",
            f"All rows of {view.__name__} of the latest run, which the header X-Run names.",
            {(200, media_type): OpenApiTypes.STR},
            view.filters,
        )
    )
    made: type[Export] = described(type(f"{view.__name__}Export", (Export,), {"listed": view, "form": form}))
    return made


def with_text_ids(row: Row) -> Row:
    """Ids as text, which no reader rounds."""
    return {name: str(value) if name.endswith("_id") and value is not None else value for name, value in row.items()}


def write_csv(columns: list[str], rows: Iterable[Row]) -> str:
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    lines.writerow(columns)
    lines.writerows([cell(row[name]) for name in columns] for row in rows)
    return out.getvalue()


def write_json_lines(columns: list[str], rows: Iterable[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def cell(value: Any) -> Any:
    """A value for a spreadsheet: numbers as they are, lists joined, text never a formula or a number.

    An apostrophe before a text keeps a spreadsheet from calculating with it, or rounding it.
    """
    if value is None or isinstance(value, int | float):
        return "" if value is None else value
    text = "; ".join(map(_item, value)) if isinstance(value, list) else _item(value)
    is_calculated = FORMULA.match(text) or (NUMBER.fullmatch(text) and not DAY.fullmatch(text))
    return f"'{text}" if is_calculated else text


def _item(value: Any) -> str:
    """{name, share} as `delay 0.34`; what else is nested as JSON."""
    if isinstance(value, dict) and value.keys() == {"name", "share"}:
        return f"{value['name']} {value['share']:g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


FORMS: dict[str, tuple[str, Callable[[list[str], Iterable[Row]], str]]] = {
    "csv": ("text/csv", write_csv),
    "jsonl": ("application/jsonl", write_json_lines),
}
