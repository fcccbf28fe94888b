"""When an answer is due, in the hours of a team; the result is checked minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conf.brand.desk import DAYS, Desk, Hours

OFFICE = Hours.model_validate(
    {"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "09:00", "closes": "17:00", "zone": "Europe/London"}
)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-01-05T10:00", 60, "2026-01-05T11:00"),
        ("2026-01-05T16:30", 60, "2026-01-06T09:30"),
        ("2026-01-09T16:30", 60, "2026-01-12T09:30"),
        ("2026-01-10T12:00", 15, "2026-01-12T09:15"),
        ("2026-01-05T03:00", 15, "2026-01-05T09:15"),
        ("2026-01-05T10:00", 480, "2026-01-06T10:00"),
        ("2026-03-27T16:30", 60, "2026-03-30T08:30"),  # the clocks went forward: nine in London is eight in UTC
    ],
)
def test_minutes_count_in_the_teams_hours_only(start: str, minutes: int, due: str) -> None:
    from serving.desk.clocks import add_minutes

    at = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert add_minutes(OFFICE, at, minutes) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("closes", "start", "minutes", "due"),
    [
        ("06:00", "2026-03-29T00:00", 360, "2026-03-30T00:00"),  # five hours on the night that has one less
        ("06:00", "2026-10-25T00:00", 360, "2026-10-25T06:00"),  # seven hours on the night that has one more
        ("24:00", "2026-03-28T12:00", 2880, "2026-03-30T12:00"),
        ("24:00", "2026-10-24T12:00", 2880, "2026-10-26T12:00"),
    ],
)
def test_a_team_closes_by_its_own_clock_when_that_changes(closes: str, start: str, minutes: int, due: str) -> None:
    from serving.desk.clocks import add_minutes

    hours = Hours.model_validate({"closes": closes, "zone": "Europe/London"})
    at = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert add_minutes(hours, at, minutes) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def is_open(at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(OFFICE.zone))
    return DAYS[local.weekday()] in OFFICE.days and 9 <= local.hour < 17


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400_000), st.integers(1, 600))
def test_exactly_the_minutes_lie_between_start_and_due(start: int, minutes: int) -> None:
    from serving.desk.clocks import add_minutes

    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    due = add_minutes(OFFICE, at, minutes)
    passed = int((due - at).total_seconds() // 60)
    assert sum(is_open(at + timedelta(minutes=number)) for number in range(passed)) == minutes


def test_a_team_without_hours_works_day_and_night() -> None:
    from serving.desk.clocks import due_at

    desk, night = Desk(), datetime(2026, 1, 10, 3, tzinfo=UTC)
    due = [due_at(desk, desk.first_team, priority, night) - night for priority in ("P1", "P2", "P3", "P4")]
    assert due == [timedelta(minutes=minutes) for minutes in (15, 60, 240, 1440)]
