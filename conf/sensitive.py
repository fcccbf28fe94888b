"""What is never a feature of a person: health, politics, religion, ethnicity, sexuality, union, own finances, crime.

X forbids to derive any of these from its data, and so do we: no category, topic or keyword that touches one becomes a
figure of a profile or of a segment. conf/sensitive.yaml lists the words. The guard errs on the side of silence: a
feature that it takes away by mistake is missing, never wrong.
"""

import re
from functools import cache

from conf.overlays import parse_yaml
from runtime.resources import read_resource

FILE = "conf/sensitive.yaml"


def sensitive_family(text: str) -> str | None:
    """The family that a category, topic or keyword touches; None for one that touches none."""
    words = re.sub("[^a-z0-9-]+", " ", text.lower())
    return next((family for family, pattern in _patterns().items() if pattern.search(words)), None)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    families: dict[str, list[str]] = parse_yaml(read_resource(FILE), FILE)
    return {family: re.compile("|".join(map(_pattern, entries))) for family, entries in families.items()}


def _pattern(entry: str) -> str:
    return rf"\b{re.escape(entry[:-1])}" if entry.endswith("*") else rf"\b{re.escape(entry)}s?\b"
