"""The parts between the slashes of a URL, by name; and ids as forms and queries have them."""

from django.urls import register_converter
from django.urls.converters import StringConverter

PATH_PATTERNS = {
    "brand": r"^[a-z0-9][a-z0-9_-]{0,63}$",
    "segment_id": r"^s[0-9]{2,9}$",
    "topic_id": r"^t[0-9]{2,9}$",
    "alert_id": "^[0-9a-f]{16}$",
    "author_key": "^[0-9a-f]{64}$",
}
PATH_PATTERNS |= dict.fromkeys(("influencer_id", "cascade_id"), "^[0-9a-f]{20}$")


MOST_DIGITS = 18
"""Of a number that every database has room for."""


def parse_id(text: str) -> int | None:
    """The row number that somebody gave; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def converter(pattern: str) -> type[StringConverter]:
    return type("Converter", (StringConverter,), {"regex": pattern.strip("^$")})


for name, pattern in PATH_PATTERNS.items():
    register_converter(converter(pattern), name)
