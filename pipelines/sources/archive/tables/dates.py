"""Dates as tools and spreadsheets write them -> UTC; None for what cannot be read, and for what has two meanings."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from dateutil import parser

from runtime.times import in_utc

DATE_ORDERS = ("day_first", "month_first")
_EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_EPOCH_DIGITS = {10: 1, 13: 1000, 16: 1_000_000, 19: 1_000_000_000}
_NUMBER = re.compile(r"([0-9]+)(?:\.([0-9]+))?")


def _zones(**hours: float) -> dict[str, float]:
    return hours


# Names of zones with one meaning; IST, CST and others have several, and are not read.
_ZONE_HOURS = {
    **_zones(UTC=0, GMT=0, Z=0, WET=0, BST=1, WEST=1, CET=1, CEST=2, EET=2, EEST=3, MSK=3, SAST=2, EAT=3, CAT=2, WAT=1),
    **_zones(EST=-5, EDT=-4, CDT=-5, MST=-7, MDT=-6, PST=-8, PDT=-7, AKST=-9, AKDT=-8, HST=-10, BRT=-3, CLT=-4),
    **_zones(JST=9, KST=9, SGT=8, HKT=8, PHT=8, WIB=7, PKT=5, NPT=5.75, ACST=9.5, AEST=10, AEDT=11, NZST=12, NZDT=13),
}
_YEAR_FIRST = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}")
_DAY_BY_DOTS = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}")
# A date without a year, month or day takes it from these: then the two results differ.
_FILLERS = tuple(datetime.fromisoformat(day) for day in ("2001-02-03", "2004-05-06"))


def parse_date(text: str, order: str | None = None) -> datetime | None:
    """Read a date in UTC; no zone means UTC. None if it is unreadable, or if `order` (of DATE_ORDERS) must say more.

    ISO 8601; X's own forms; seconds to nanoseconds since 1970; Excel's days since 1900; names of months in English.
    """
    text = re.sub(r"\s+", " ", text.strip().replace("·", " ").replace("@", " ").replace("\u202f", " "))
    try:
        return _number(text) or _iso(text) or _written(text, order)
    except (ValueError, OverflowError, parser.ParserError):
        return None


def is_ambiguous(text: str) -> bool:
    """True for a date that is read one way day-first and another month-first."""
    first, second = (parse_date(text, order) for order in DATE_ORDERS)
    return parse_date(text) is None and first is not None and second is not None


def iso_of(at: datetime | None) -> str | None:
    """`2026-05-04T09:00:00.000Z`, as X writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def _number(text: str) -> datetime | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    whole = match[1]
    if (scale := _EPOCH_DIGITS.get(len(whole))) is not None:
        return datetime.fromtimestamp(float(text) / scale, UTC)
    if len(whole) == 5:
        return _EXCEL_EPOCH + timedelta(seconds=round(float(text) * 86_400))
    return None


def _iso(text: str) -> datetime | None:
    if not text[:4].isdigit() or re.search(r"[A-SU-Ya-su-y]", text):
        return None
    try:
        return in_utc(datetime.fromisoformat(text))
    except ValueError:
        return None


def _written(text: str, order: str | None) -> datetime | None:
    if not re.search(r"\d", text) or not text.isascii():
        return None
    text = re.sub(r"(?<=[AaPp][Mm]) - ", " ", text)
    if _YEAR_FIRST.match(text):
        return _parsed(text, yearfirst=True, dayfirst=False)
    if _DAY_BY_DOTS.match(text):
        return _parsed(text, dayfirst=True)
    if order is not None:
        return _parsed(text, dayfirst=order == "day_first")
    read = {_parsed(text, dayfirst=each) for each in (True, False)}
    return read.pop() if len(read) == 1 else None


def _parsed(text: str, *, dayfirst: bool, yearfirst: bool = False) -> datetime | None:
    first, second = (
        parser.parse(text, default=filler, tzinfos=_zone, dayfirst=dayfirst, yearfirst=yearfirst) for filler in _FILLERS
    )
    return in_utc(first) if first == second and first.year > 1900 else None


def _zone(name: Any, offset: Any) -> tzinfo | None:
    """The zone of a name or an offset in seconds, both None without one."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is None:
        return None
    if name.upper() in _ZONE_HOURS:
        return timezone(timedelta(hours=_ZONE_HOURS[name.upper()]))
    raise ValueError(f"{name} may be several time zones")
