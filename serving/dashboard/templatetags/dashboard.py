"""How figures are written and drawn in templates. Built into every template, so that none has to load it."""

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from serving.dashboard import assets, charts, words

register = template.Library()
MISSING = "–"
SPARK_RANGE = 0.06
"""So that steps of a point or two look like what they are."""
OF_ONE_PAGE = ("cursor", "seen", "beside")
ABSENT: tuple[Any, ...] = (None, "")
"""What is null, and what a template does not find."""


@register.simple_tag
def asset(name: str) -> str:
    return assets.address(name)


@register.simple_tag(takes_context=True)
def query(context: Any, parameter: str, value: Any) -> str:
    """The page's query string with one parameter changed; those that are empty or None are left out.

    Whatever else is chosen begins at the first page again.
    """
    kept = {name: each for name, each in context["request"].GET.items() if name not in OF_ONE_PAGE}
    given = kept | {parameter: value}
    text = urlencode({name: value for name, value in given.items() if value not in (None, "")})
    return f"?{text}" if text else context["request"].path


@register.filter
def table_of(chart: charts.Chart) -> dict[str, Any]:
    return charts.table_of(chart)


@register.filter
def summary_of(chart: charts.Chart) -> str:
    return charts.summary_of(chart)


@register.filter
def is_suppressed(chart: charts.Chart) -> bool:
    return charts.is_suppressed(chart)


@register.filter
def count(value: Any) -> str:
    return MISSING if value in ABSENT else f"{round(value):,}"


@register.filter
def score(value: Any) -> str:
    """0..1 as 0 to 100."""
    return MISSING if value in ABSENT else str(round(100 * value))


@register.filter
def percent(value: Any) -> str:
    return words.percent(None if value in ABSENT else value)


@register.filter
def points(value: Any) -> str:
    return MISSING if value in ABSENT else words.points(value)


@register.filter
def size_in_points(value: float) -> str:
    """The size of a difference, whose direction an arrow shows."""
    size = abs(round(100 * value))
    return f"{size} point{'' if size == 1 else 's'}"


@register.filter
def decimals(value: Any, places: int = 2) -> str:
    return MISSING if value in ABSENT else f"{value:,.{places}f}"


@register.filter
def half_width(row: dict[str, Any], name: str) -> str:
    """Half of a published interval, with its sign; nothing where there is none."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return "" if low is None or high is None else f"±{max(1, round(50 * (high - low)))}"


@register.filter
def ago(moment: datetime) -> str:
    return words.ago(moment, timezone.now())


@register.filter
def plain(name: str) -> str:
    """A name with underscores as words."""
    return name.replace("_", " ").replace("macro f1", "macro F1")


@register.filter
def brand_name(slug: str) -> str:
    return words.brand_name(slug)


@register.filter
def scale_of_brands(rows: list[dict[str, Any]]) -> dict[str, float]:
    return charts.scale_of([row["row"] for row in rows if row["row"]], "sentiment_mean")


@register.filter
def item(values: dict[str, Any], key: str) -> Any:
    return values.get(key)


@register.simple_tag
def marked(text: str, names: list[str]) -> SafeString | str:
    """The text with the names in it marked."""
    known = sorted(filter(None, set(names)), key=len, reverse=True)
    if not known:
        return text
    parts = re.split(f"({'|'.join(map(re.escape, known))})", text)
    forms = ("{}", "<mark>{}</mark>")  # what re.split puts at the odd places has matched
    return mark_safe("".join(format_html(forms[place % 2], part) for place, part in enumerate(parts)))


@register.simple_tag
def bar(value: float | None, most: float, before: float | str | None = None, tone: str = "plain") -> SafeString | str:
    """A bar from 0 to `most`, with a mark for the value before. Drawn: the figure itself stands beside it.

    Templates put an empty text where a change, and so its value before, is not known.
    """
    if value is None or not most:
        return ""
    mark = (
        ""
        if not isinstance(before, float | int)
        else format_html('<rect class="mark" x="{}" y="0" width="1.5" height="14"/>', _x(before, most))
    )
    return format_html(
        '<svg class="bar {}" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" y="3" width="100" height="8"/><rect class="fill" y="3" width="{}" height="8"/>{}</svg>',
        *(tone, _x(value, most), mark),
    )


@register.simple_tag
def interval(low: float | None, value: float, high: float | None, least: float = 0.0, most: float = 1.0) -> SafeString:
    """A value as a dot on the line of its interval, on a scale from `least` to `most`."""
    known = [value if each is None else each for each in (low, value, high)]
    ends = [_x(each - least, most - least) for each in known]
    return format_html(
        '<svg class="interval" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" y="6.5" width="100" height="1"/><rect class="range" x="{}" y="5" width="{}" height="4"/>'
        '<rect class="dot" x="{}" y="2" width="1.6" height="10"/></svg>',
        *(ends[0], round(max(ends[2] - ends[0], 0.5), 2), max(0.0, ends[1] - 0.8)),
    )


@register.simple_tag
def spark(values: list[float | None]) -> SafeString | str:
    """A line over time on a scale of its own, of SPARK_RANGE at least; a value that is not shown is a gap in it."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    span, step = max(max(known) - min(known), SPARK_RANGE), 100 / max(1, len(values) - 1)
    middle = (max(known) + min(known)) / 2
    places = [(round(place * step, 2), value) for place, value in enumerate(values)]
    runs: list[list[str]] = [[]]
    for x, value in places:
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{x},{round(14 - 24 * (value - middle) / span, 2)}")
    lines = format_html_join("", '<polyline points="{}"/>', ((" ".join(run),) for run in runs if len(run) > 1))
    return format_html(
        '<svg class="spark" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">{}</svg>', lines
    )


def _x(value: float, most: float) -> float:
    return round(100 * max(0.0, min(1.0, value / most)), 2)
