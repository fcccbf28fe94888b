"""Whole words of a masked text, and the brand's own category of one text. Without Spark: the desk uses it, too."""

import re
from collections.abc import Iterable
from functools import cache

from conf.brand.files import AddedCategory, Categories

# The characters of a word in languages that separate words by blanks; patterns match whole words.
_WORD = "0-9a-z_\u00aa\u00ba\u00df-\u00f6\u00f8-\u024f\u0370-\u058f\u1e00-\u1fff"
LINE_BREAKS = "\n\r\u0085\u2028\u2029"


def whole_words(pattern: str) -> str:
    """A pattern of `conf.brand.patterns` that matches whole words only, for Java and Python."""
    return f"(?<![{_WORD}])(?:{pattern})(?![{_WORD}])"


def lowered(text: str) -> str:
    """Lower case, without line breaks: what patterns are matched against."""
    return text.lower().translate({ord(each): " " for each in LINE_BREAKS})


def own_category(label: str, text: str, rules: Categories) -> str:
    """The brand's name for a text of the common category `label`; the same rules as `models.annotation`."""
    for added in rules.add:
        if label in added.sources and _matches(added, lowered(text)):
            return added.name
    return rules.own_names.get(label, label)


def has_phrase(text: str, phrases: Iterable[str]) -> bool:
    """Whether one of the phrases is in the text, word by word and without regard to case."""
    plain = lowered(text)
    return any(_phrase(phrase.lower()).search(plain) for phrase in phrases)


def _matches(added: AddedCategory, text: str) -> bool:
    return _compiled(added.when).search(text) is not None


@cache
def _compiled(pattern: str) -> "re.Pattern[str]":
    return re.compile(whole_words(pattern))


@cache
def _phrase(phrase: str) -> "re.Pattern[str]":
    return re.compile(whole_words(re.escape(phrase)))
