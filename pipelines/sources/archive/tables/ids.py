"""Ids in the cells of a table: whole, rounded, in a link, or made from date, text and author."""

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise

from pipelines.sources.x.clock import EPOCH_MS, SEQUENCE_BITS

MADE_ID_VERSION = 2
"""Version of `derived_id`: it grows when the same row would get another id. Version 1 did not take the author."""
ABSENT = frozenset(
    (
        *("", "NA", "N/A", "n/a", "na", "#N/A", "<NA>", "nan", "NaN", "NAN", "-nan", "NaT", "None", "none"),
        *("null", "NULL", "Null", "\\N", "-", "--", "undefined", "nil"),
    )
)
"""Words that tools write for nothing."""
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]+)")
_DRESSED = re.compile(r"(?:'|ID:|x(?=\d))*\s*(\d+)(?:\.0+)?")
"""An id as tools write it so that spreadsheets leave it alone, or as a floating-point number."""
_IN_LINK = re.compile(r"(?:/status(?:es)?/|[?&]id=)([0-9]{1,19})(?![0-9])")
_LONG = re.compile("[0-9]{16,19}")
_EXACT_DIGITS = 15
"""Digits that a spreadsheet keeps of a number."""
_FEWEST_IDS = 3


def whole_id(text: str | None) -> str | None:
    """`16264` of `16264.0`, `'16264`, `ID:16264` and rtweet's `x16264`; any other text stays as it is."""
    if text is None or text.strip() in ABSENT:
        return None
    match = _DRESSED.fullmatch(text.strip())
    return match[1] if match else text.strip() or None


def is_scientific(text: str | None) -> bool:
    """True for `2.04E+18`: a number that lost its last digits."""
    match = _SCIENTIFIC.fullmatch((text or "").strip())
    return match is not None and len(match[2] or "") < int(match[3])


def is_rounded_number(value: float) -> bool:
    """True for a floating-point number that is not exactly an integer that was written."""
    return value != value or abs(value) >= 2**53 or not value.is_integer() or value < 0


def ends_in_zeros(text: str) -> bool:
    """True for an id of 16 and more digits that ends in at least two zeros."""
    return _LONG.fullmatch(text) is not None and text.endswith("00")


def are_rounded(ids: Iterable[str]) -> bool:
    """True when most ids of 16 and more digits of a file end in zeros: they went through a spreadsheet or a float.

    Of fewer than three ids only what a spreadsheet writes counts: nothing after the fifteenth digit.
    """
    long_ids = {each for each in ids if _LONG.fullmatch(each)}
    rounded = {each for each in long_ids if ends_in_zeros(each)}
    if len(long_ids) < _FEWEST_IDS:
        rounded = {each for each in rounded if not each[_EXACT_DIGITS:].strip("0") and len(each) > _EXACT_DIGITS + 2}
    return 2 * len(rounded) > len(long_ids)


def are_row_numbers(ids: list[str]) -> bool:
    """True for 0, 1, 2, … or any other run of consecutive numbers, also with gaps when it begins at 0 or 1."""
    if len(ids) < 2 or not all(each.isdecimal() and len(each) < 10 for each in ids):
        return False
    numbers = [int(each) for each in ids]
    steps = [after - before for before, after in pairwise(numbers)]
    return all(step == 1 for step in steps) or (
        numbers[0] <= 1 and all(step >= 1 for step in steps) and numbers[-1] < 3 * len(numbers)
    )


def id_in_link(link: str | None) -> str | None:
    """The id of the tweet that a link names: `https://x.com/a/status/1`."""
    match = _IN_LINK.search(link or "")
    return match[1] if match else None


def derived_id(written_at: datetime, text: str, author: str = "") -> str:
    """A snowflake-like id from date, text and author, the same in every run, for every brand and in every file.

    Milliseconds since X's epoch << 22, like X's own; the 22 low bits, and the milliseconds of a date in whole seconds,
    come from SHA-256. Dates before November 2010 become 0 milliseconds.
    """
    written = written_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    digest = hashlib.sha256(f"{written}\n{author}\n{text}".encode("utf-8", "replace")).digest()
    number = int.from_bytes(digest[:8])
    ms = round(written_at.timestamp() * 1000)
    if ms % 1000 == 0:
        ms += (number >> 22) % 1000
    return str((max(ms - EPOCH_MS, 0) << SEQUENCE_BITS) | (number & 0x3FFFFF))


def handle_id(handle: str) -> str:
    """A made author id, one for each handle."""
    digest = hashlib.sha256(handle.strip().lstrip("@").casefold().encode("utf-8", "replace")).digest()
    return str(10**18 + int.from_bytes(digest[:7]))
