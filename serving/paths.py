"""What stands between the slashes of a URL: the patterns of its parts, by name."""

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


def converter(pattern: str) -> type[StringConverter]:
    return type("Converter", (StringConverter,), {"regex": pattern.strip("^$")})


for name, pattern in PATH_PATTERNS.items():
    register_converter(converter(pattern), name)
