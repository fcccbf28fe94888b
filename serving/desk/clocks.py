"""The clock of the first response: when an answer is due, in the hours of a team."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from conf.brand.desk import DAYS, Desk, Hours

_MOST_DAYS = 3660


def due_at(desk: Desk, team: str, priority: str, started_at: datetime) -> datetime:
    """`started_at` plus the response time of the priority, counted in the team's hours only. UTC."""
    minutes = getattr(desk.response_minutes, priority)
    found = desk.teams.get(team)  # a team of an older version of the routing works day and night
    return add_minutes(found.hours if found else None, started_at, minutes)


def add_minutes(hours: Hours | None, start: datetime, minutes: float) -> datetime:
    """The moment at which `minutes` of the hours have passed since `start`; None: day and night."""
    if hours is None:
        return start + timedelta(minutes=minutes)
    left, day = timedelta(minutes=minutes), start.astimezone(ZoneInfo(hours.zone)).date()
    for number in range(_MOST_DAYS):
        date = day + timedelta(days=number)
        if DAYS[date.weekday()] not in hours.days:
            continue
        opens = datetime.combine(date, hours.opening, ZoneInfo(hours.zone))
        closes = opens + timedelta(minutes=hours.open_minutes)  # by the clock on the wall, also where that changes
        begin, end = max(opens.astimezone(start.tzinfo), start), closes.astimezone(start.tzinfo)
        if end - begin >= left:
            return begin + left
        left -= max(end - begin, timedelta())
    raise ValueError(f"{minutes} minutes of {hours} do not fit into ten years")
