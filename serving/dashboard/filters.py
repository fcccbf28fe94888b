"""What a page's URL may choose: the time range, a week, a figure. A value that does not exist is 400, not ignored."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TypeVar

from django.core.exceptions import BadRequest
from django.http import HttpRequest

Value = TypeVar("Value")
DAYS: dict[str, int] = {"7 days": 7, "28 days": 28, "12 weeks": 84}
DEFAULT_DAYS = 28


def options(values: Mapping[str, Value], chosen: Value) -> list[dict[str, object]]:
    """The choices of a filter, for the filter bar."""
    return [{"label": label, "value": value, "is_chosen": value == chosen} for label, value in values.items()]


def choose(request: HttpRequest, name: str, values: Mapping[str, Value], default: Value) -> Value:
    """The value of a parameter, one of `values`; the default where the URL does not name it."""
    given = request.GET.get(name)
    if given is None:
        return default
    found = next((value for value in values.values() if str(value) == given), None)
    if found is None:
        allowed = ", ".join(str(value) for value in values.values() if value != "")
        raise BadRequest(f"{name} is {given[:40]}, not one of {allowed}")
    return found


def chosen_days(request: HttpRequest) -> int:
    return choose(request, "days", DAYS, DEFAULT_DAYS)


def chosen_monday(request: HttpRequest) -> date | None:
    """The Monday of the week that the chosen day lies in."""
    day = chosen_date(request, "week")
    return day and day - timedelta(days=day.weekday())


def chosen_date(request: HttpRequest, name: str) -> date | None:
    given = request.GET.get(name)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise BadRequest(f"{name} is {(given or '')[:40]}, not a day such as 2026-05-04") from None
