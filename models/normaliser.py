"""The one text normaliser, written twice: as Spark SQL columns (production) and as Python functions (training, checks).

Two steps, always in this order:

* `mask`: HTML entities are decoded, then web addresses, e-mail addresses, handles, account and phone numbers become
  `http`, `[email]`, `@user`, `[account]`, `[phone]`. This is the text that is stored.
* `space`: typographic marks are folded, invisible characters dropped, and blanks put round every punctuation mark and
  CJK character. This is the text that the model sees: Spark NLP keeps only what stands before the first punctuation
  mark of a blank-separated token, so without the blanks `can't` would become `can`.

Both engines read the same pattern text. It names every character it means (no `\\d`, `\\w`, `\\b`, `\\p{..}` and no
case-insensitive flag), because java.util.regex and Python's `re` disagree on those, and Unicode versions differ.
Every pattern runs in time linear in the text and repeats no group without a bound (java.util.regex recurses there):
a 300 kB text is no weapon.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

NORMALISER_VERSION = "normaliser-1"

_ENTITIES = (
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", '"'),
    ("&#34;", '"'),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),  # last, so that an escaped entity is decoded once only
)

_URL = r"(?:[hH][tT][tT][pP][sS]?://|(?<![A-Za-z0-9_@.\-])[wW][wW][wW]\.)[!-~]*[A-Za-z0-9/_=&#%+~\-]"
_EMAIL = r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]*[A-Za-z0-9_]@[A-Za-z0-9.\-]*[A-Za-z0-9]\.[A-Za-z]{2,24}"
_HANDLE = "[@\uff20][A-Za-z0-9_]+"

# Bank accounts and cards: an IBAN; a card in printed groups (4-4-4-4 and up to three more, or 4-6-5).
_IBAN = r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2} ?(?:[A-Z]{4} ?)?(?:[0-9]{4} ?){2,6}[0-9]{1,4}(?![A-Za-z0-9])"
_CARD = (
    r"(?<![0-9])(?:[0-9]{4}[ \-][0-9]{4}[ \-][0-9]{4}[ \-][0-9]{4}(?:[ \-][0-9]{1,3})?"
    r"|3[0-9]{3}[ \-][0-9]{6}[ \-][0-9]{5})(?![0-9])"
)
# Phones: with a plus; North American groups 3-3-4; a leading zero with groups; a leading zero and 9 to 11 digits.
_PHONE = (
    r"(?<![0-9])(?:\+[0-9](?:[ .\-()]{0,2}[0-9]){7,14}"
    r"|(?:1[ .\-]?)?(?:\([0-9]{3}\)[ .\-]?|[0-9]{3}[ .\-])[0-9]{3}[ .\-][0-9]{4}"
    r"|0[0-9]{2,4}[ \-][0-9]{3,4}[ \-]?[0-9]{3,4}"
    r"|0[0-9]{8,10})(?![0-9])"
)
# Nine digits or more in one run are nobody's price, date, score or year; a fraction (0.333333333) is left alone.
_LONG_NUMBER = r"(?<![0-9])(?<![0-9][.,])[0-9]{9,}"

_MASKS = (
    (_URL, "http"),
    (_EMAIL, "[email]"),
    (_HANDLE, "@user"),
    (_IBAN, "[account]"),
    (_CARD, "[account]"),
    (_PHONE, "[phone]"),
    (_LONG_NUMBER, "[account]"),
)

_APOSTROPHES = "\u2018\u2019\u201a\u201b\u2032\u02bc\uff07"
_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_FOLDED_FROM = _APOSTROPHES + _QUOTES + _DASHES
_FOLDED_TO = "'" * len(_APOSTROPHES) + '"' * len(_QUOTES) + "-" * len(_DASHES)
_ELLIPSIS = "\u2026"

_BLANKS = "\t\n\u000b\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ceaf\U0002f800-\U0002fa1f"


def _character_class(wanted: Callable[[str], bool]) -> str:
    """The body of a regex class that lists every character `wanted` accepts, as escaped literals and ranges."""
    points = [point for point in range(sys.maxunicode + 1) if wanted(chr(point))]
    starts = [point for i, point in enumerate(points) if i == 0 or points[i - 1] != point - 1]
    ends = [point for i, point in enumerate(points) if i == len(points) - 1 or points[i + 1] != point + 1]
    return "".join(_range(first, last) for first, last in zip(starts, ends, strict=True))


def _range(first: int, last: int) -> str:
    escaped = [f"\\{chr(point)}" if chr(point) in r"\[]^-&~|" else chr(point) for point in (first, last)]
    return escaped[0] if first == last else "-".join(escaped)


def _is_spaced_out(character: str) -> bool:
    is_ascii_mark = "!" <= character <= "~" and not character.isalnum()
    return is_ascii_mark or unicodedata.category(character).startswith("P")


def _is_invisible(character: str) -> bool:
    """Format and control characters, variation selectors, U+FFFD: the model's own tokeniser drops them too."""
    if re.match(f"[{_BLANKS}]", character):
        return False
    is_selector = "\ufe00" <= character <= "\ufe0f"
    return is_selector or character == "\ufffd" or unicodedata.category(character) in ("Cf", "Cc")


@cache
def _spacing_patterns() -> tuple[tuple[str, str], ...]:
    """(pattern, replacement with `{}` for the match): the lookahead skips plain ASCII before the long classes."""
    return (
        (f"(?![ -~])[{_character_class(_is_invisible)}]", ""),
        (f"(?![A-Za-z0-9 ])([{_character_class(_is_spaced_out)}{_CJK}])", " {} "),
        (f"[{_BLANKS}]+", " "),
    )


def mask_text(text: str) -> str:
    """The stored form of `text`: entities decoded, addresses, handles and numbers that identify replaced."""
    decoded = reduce(lambda done, pair: done.replace(*pair), _ENTITIES, text)
    return reduce(lambda done, rule: re.sub(rule[0], rule[1], done), _MASKS, decoded)


def mask_text_column(text: Column) -> Column:
    """`mask_text` as a Spark SQL expression; null stays null."""
    decoded = reduce(lambda done, pair: F.replace(done, F.lit(pair[0]), F.lit(pair[1])), _ENTITIES, text)
    return _replaced(decoded, _MASKS)


def space_punctuation(text: str) -> str:
    """The form of a masked `text` that the model sees: words, marks and CJK characters apart by single blanks.

    Half a surrogate pair, which only Python can hold, is dropped like every other invisible character.
    """
    whole = text.encode("utf-8", errors="ignore").decode("utf-8")
    folded = whole.translate(str.maketrans(_FOLDED_FROM, _FOLDED_TO)).replace(_ELLIPSIS, "...")
    rules = [(pattern, replacement.format(r"\1")) for pattern, replacement in _spacing_patterns()]
    return reduce(lambda done, rule: re.sub(rule[0], rule[1], done), rules, folded).strip(" ")


def space_punctuation_column(text: Column) -> Column:
    """`space_punctuation` as a Spark SQL expression; null stays null."""
    folded = F.replace(F.translate(text, _FOLDED_FROM, _FOLDED_TO), F.lit(_ELLIPSIS), F.lit("..."))
    return F.trim(_replaced(folded, [(pattern, new.format("$1")) for pattern, new in _spacing_patterns()]))


def normalise_text(text: str) -> str:
    """Both steps: what the model sees of a raw tweet."""
    return space_punctuation(mask_text(text))


def normalise_text_column(text: Column) -> Column:
    """`normalise_text` as a Spark SQL expression; null stays null."""
    return space_punctuation_column(mask_text_column(text))


def _replaced(text: Column, rules: Iterable[tuple[str, str]]) -> Column:
    return reduce(lambda done, rule: F.regexp_replace(done, rule[0], rule[1]), rules, text)
