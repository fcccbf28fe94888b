"""The words of a masked text that may belong to a topic: in Python and as a Spark SQL column, with the same patterns.

Lower case, letters of Latin scripts only, three to twenty of them. A word with a digit is none, and neither is a
placeholder of the mask (`@user`, `http`, `[email]`): so no term is a handle, an address or a number. Stop words
(`stop_words.txt`) and the brand's own names are removed, then a plural `s` is cut, so that a term has one form.
"""

import re
from collections.abc import Collection
from functools import cache

from pyspark.sql import Column
from pyspark.sql import functions as F

from conf.brand.files import Brand
from runtime.resources import read_resource

_LETTERS = "a-z\u00df-\u00f6\u00f8-\u024f"
_NOISE = r"@[a-z0-9_]+|\[(?:email|account|phone)\]|(?<![a-z])http(?![a-z])|['\u2019]"
_WORD = f"(?<![{_LETTERS}0-9_])[{_LETTERS}]{{3,20}}(?![{_LETTERS}0-9_])"
_PLURAL = f"(?<=[{_LETTERS}]{{3}})(?<![sui])s$"
_NO_WORD = f"[^{_LETTERS}]+"


@cache
def stop_words() -> frozenset[str]:
    lines = read_resource("models/topics/stop_words.txt").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def brand_words(slug: str, brand: Brand) -> frozenset[str]:
    """The words of a brand's names, handle, products and competitors: they say who is meant, not what about."""
    given = (slug, brand.handle or "", *brand.names, *brand.products, *brand.competitors)
    parts = [re.sub(_NO_WORD, " ", text.lower()).split() for text in given]
    joined = {"".join(words) for words in parts}
    return frozenset(joined | {word for words in parts for word in words if len(word) >= 3})


def topic_words(text: str, skipped: Collection[str] = ()) -> list[str]:
    """The words of a masked text in their order, without stop words and `skipped`."""
    plain = re.sub(_NOISE, _blank_or_nothing, text.lower())
    words = [word for word in re.findall(_WORD, plain) if word not in stop_words() and word not in skipped]
    return [re.sub(_PLURAL, "", word) for word in words]


def topic_words_column(text: Column, skipped: Collection[str] = ()) -> Column:
    """`topic_words` as array<string>; a null text has null."""
    apart = F.regexp_replace(F.regexp_replace(F.lower(text), "['\u2019]", ""), _NOISE, " ")
    words = F.regexp_extract_all(apart, F.lit(f"({_WORD})"), F.lit(1))
    removed = sorted(stop_words() | set(skipped))
    return F.transform(
        F.filter(words, lambda word: ~word.isin(*removed)), lambda word: F.regexp_replace(word, _PLURAL, "")
    )


def _blank_or_nothing(found: "re.Match[str]") -> str:
    return "" if found.group() in "'\u2019" else " "


def term_pattern(phrases: Collection[str]) -> str:
    """The pattern that finds the terms in words joined by blanks: each phrase as a whole, else each word."""
    longest_first = sorted(phrases, key=lambda phrase: (-phrase.count(" "), phrase))
    return f"(?<![^ ])({'|'.join([*longest_first, '[^ ]+'])})(?![^ ])"


def terms_of(words: Collection[str], pattern: str) -> list[str]:
    return re.findall(pattern, " ".join(words))


def terms_column(words: Column, pattern: str) -> Column:
    """`terms_of` as array<string>."""
    return F.regexp_extract_all(F.array_join(words, " "), F.lit(pattern), F.lit(1))
