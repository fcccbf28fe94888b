"""The text normaliser, written twice: as Spark SQL columns (production) and as Python functions (training, checks).

Two steps, always in this order:

* `mask`: HTML entities are decoded, then web addresses, e-mail addresses, handles, account and phone numbers become
  `http`, `[email]`, `@user`, `[account]`, `[phone]`. This text is stored.
* `space`: typographic marks are folded, invisible characters dropped, and blanks put around every punctuation mark and
  CJK character. This text is read by the model: Spark NLP keeps only the part of a blank-separated token before its
  first punctuation mark, so without the blanks `can't` would become `can`.

Both engines use the same patterns. These list every character (no `\\d`, `\\w`, `\\b`, `\\p{..}`, no case-insensitive
flag), because java.util.regex and Python's `re` disagree on those, and Unicode versions differ. Every pattern runs in
time linear in the text, and no group is repeated without a bound (java.util.regex recurses there), so a text of 300 kB
does no harm. A lookahead at the beginning of a pattern only skips most characters quickly, because classes of many
ranges are slow.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

NORMALISER_VERSION = "normaliser-2"
FITTING_VERSIONS = ("normaliser-1", NORMALISER_VERSION)
"""Versions that an annotator may be trained with: version 2 masks more, in 7 of the 62,994 training texts."""

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

# Letters are Latin, Greek, Cyrillic and full-width ones, with combining accents; digits are also full-width and Arabic
# ones.
_LETTERS = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u0370-\u052f\u1e00-\u1fff\uff21-\uff3a\uff41-\uff5a"
)
_DIGITS = "0-9\uff10-\uff19\u0660-\u0669\u06f0-\u06f9"
_WORD = f"_\uff3f{_LETTERS}{_DIGITS}"
_LOCAL = f"{_WORD}.%+\\-"
_BLANK_DASH = " \u00a0\u2000-\u200a\u202f\u205f\u3000\\-\u2010-\u2015\u2212\uff0d"
_DOT = ".\uff0e"
_AT, _N, _ZERO, _APART = "[@\uff20]", f"[{_DIGITS}]", "[0\uff10\u0660\u06f0]", f"[{_BLANK_DASH}{_DOT}]"

# Invisible characters hide a word from the patterns below, but not from a reader; the model never sees them.
_UNSEEN = "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
_SPLIT = f"(?![ -~]){_UNSEEN}(?<=[@\uff20{_LOCAL}]{_UNSEEN}){_UNSEEN}*(?=[@\uff20{_LOCAL}])"

_URL = (
    r"(?:[hH][tT][tT][pP][sS]?://|(?<![A-Za-z0-9_@.\-])[wW][wW][wW]\.)"
    rf"[!-~{_LETTERS}]*[A-Za-z0-9/_=&#%+~\-{_LETTERS}]"
)
_EMAIL = (
    f"(?<![a-z])(?=[A-~!-?\u00c0-\u1fff\uff0b-\uff1f\uff21-\uff5a]{{1,64}}+{_AT})(?<![{_LOCAL}])"
    f"[{_LOCAL}]*[{_WORD}]{_AT}[\\-{_LETTERS}{_DIGITS}{_DOT}]*[{_LETTERS}{_DIGITS}][{_DOT}][{_LETTERS}]{{2,24}}"
)
_HANDLE = f"{_AT}[{_WORD}]+"

# Accounts: an IBAN (groups of four with a digit in each, or in the next one); a card in printed groups (4-4-4-4 and up
# to three more, 4-6-5, 4-6-4); a US social security number (3-2-4); a UK sort code with its account (2-2-2, 8).
_IBAN = (
    f"[A-Z]{{2}}(?<![A-Za-z0-9][A-Z]{{2}}){_N}{{2}}(?=(?:[A-Z{_BLANK_DASH}{_DOT}]{{0,8}}{_N}){{9}})"
    f"(?:{_APART}{{0,2}}(?:[A-Z]{{4}}{_APART}{{0,2}})?(?=[A-Z]{{0,3}}{_N})[A-Z{_DIGITS}]{{4}}){{2,7}}"
    f"(?:{_APART}{{0,2}}(?=[A-Z]{{0,2}}{_N})[A-Z{_DIGITS}]{{1,3}})?(?![A-Za-z0-9])"
)
_GROUPS = (
    f"{_N}{{4}}(?:{_APART}{{1,3}}{_N}{{4}}){{3}}(?:{_APART}{{1,3}}{_N}{{1,3}})?"
    f"|[3\uff13]{_N}{{3}}{_APART}{{1,3}}{_N}{{6}}{_APART}{{1,3}}{_N}{{4,5}}"
    f"|{_N}{{3}}([{_BLANK_DASH}]){_N}{{2}}\\1{_N}{{4}}"
    f"|{_N}{{2}}([{_BLANK_DASH}]){_N}{{2}}\\2{_N}{{2}}[{_BLANK_DASH},/:]{{1,3}}"
    f"(?:[Aa][Cc/][A-Za-z/.:# ]{{0,16}})?{_N}{{8}}"
)
_ACCOUNT = f"(?![a-z -/:-@])(?:{_IBAN}|(?={_N}(?:{_APART}{{0,3}}{_N}){{5}})(?<!{_N})(?:{_GROUPS})(?!{_N}))"
# Phones: with a plus or 00; North American groups 3-3-4; a leading zero with groups of three and four, with pairs
# between equal separators, with a dot or a slash; a leading zero and 9 to 11 digits. Followed by a dash and seven
# digits it is an order number.
_PHONE = (
    f"(?![:-~ -'])(?=[+\uff0b(]?{_N}(?:[()/{_BLANK_DASH}{_DOT}]{{0,3}}{_N}){{7}})"
    f"(?<!{_N})(?:[+\uff0b]{_N}(?:[()/{_BLANK_DASH}{_DOT}]{{0,2}}{_N}){{7,14}}"
    f"|00[1-9](?:[()/{_BLANK_DASH}{_DOT}]{{0,2}}{_N}){{9,13}}"
    f"|(?:1{_APART}?)?(?:[(]{_N}{{3}}[)]{_APART}{{0,2}}|{_N}{{3}}{_APART}{{1,3}}){_N}{{3}}{_APART}{{1,3}}{_N}{{4}}"
    f"|[(]?{_ZERO}{_N}{{2,4}}[){_BLANK_DASH}]{{1,2}}{_N}{{3,4}}[{_BLANK_DASH}]?{_N}{{3,4}}"
    f"|{_ZERO}{_N}{{2,4}} ?/ ?{_N}{{3,4}} ?{_N}{{3,4}}"
    f"|(?<!{_N}[.,]){_ZERO}{_N}{{2,4}}[{_DOT}]{_N}{{3,4}}[{_DOT}]{_N}{{3,4}}"
    f"|[(]?{_ZERO}[1-9][){_BLANK_DASH}]{{1,2}}(?:{_N}{{4}}[{_BLANK_DASH}]?|{_N}{{3}}[{_BLANK_DASH}]){_N}{{4}}"
    f"|{_ZERO}{_N}({_APART}{{1,2}}){_N}{{2}}\\1{_N}{{2}}\\1{_N}{{2}}\\1{_N}{{2}}"
    f"|{_ZERO}(?:{_N}{{1,3}}[/{_BLANK_DASH}{_DOT}]{_N}{{3}}|{_N}{{2,3}}[/{_BLANK_DASH}{_DOT}]{_N}{{2}})"
    f"({_APART}){_N}{{2}}\\2{_N}{{2,3}}"
    f"|{_ZERO}{_N}{{8,10}})(?!{_N}|-{_N}{{7}}(?!{_N}))"
)
# Nine or more digits in a row are no price, date, score or year. Decimals after a zero (0.333333333) are not masked.
_LONG_NUMBER = f"(?![ -/:-~])(?<!{_N})(?<!(?<!{_N})0[.,]){_N}{{9,}}"

_MASKS = (
    (_SPLIT, ""),
    (_URL, "http"),
    (_EMAIL, "[email]"),
    (_HANDLE, "@user"),
    (_ACCOUNT, "[account]"),
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
    """The body of a regex class with every character that `wanted` accepts, as escaped literals and ranges."""
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
    """Format and control characters, variation selectors, U+FFFD: the model's own tokeniser drops them, too."""
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
    """The stored form of `text`: entities decoded; addresses, handles and identifying numbers replaced."""
    decoded = reduce(lambda done, pair: done.replace(*pair), _ENTITIES, text)
    return reduce(lambda done, rule: re.sub(rule[0], rule[1], done), _MASKS, decoded)


def mask_text_column(text: Column) -> Column:
    """`mask_text` as a Spark SQL expression; null stays null."""
    decoded = reduce(lambda done, pair: F.replace(done, F.lit(pair[0]), F.lit(pair[1])), _ENTITIES, text)
    return _replaced(decoded, _MASKS)


def space_punctuation(text: str) -> str:
    """The form of a masked `text` that the model reads: words, marks and CJK characters separated by single blanks.

    Half a surrogate pair, which occurs in Python strings only, is dropped like other invisible characters.
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
    """Both steps: what the model reads of a raw tweet."""
    return space_punctuation(mask_text(text))


def _replaced(text: Column, rules: Iterable[tuple[str, str]]) -> Column:
    return reduce(lambda done, rule: F.regexp_replace(done, rule[0], rule[1]), rules, text)
