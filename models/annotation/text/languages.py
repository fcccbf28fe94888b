"""The language of a tweet: X's `lang`, else a light detector, as Spark SQL columns and in Python.

X's own `lang` is used unless it is a code for "undetermined" (`UNDETERMINED`). Then the text decides, without its
handles, hashtags, web addresses and placeholders:

1. Non-Latin letters (`SCRIPTS`), when there are two or more and at least half as many as Latin ones: `ja` with any
   kana, else the main language of the script of the first such letter (all Cyrillic is `ru`).
2. Latin letters: each language gets a point for each distinct word of the text that is on its list
   (`languages.txt`), one more when no other list has that word, and two for a letter that only this language uses.
   The language with the most points, when these are two or more and no other language has as many.
3. Else `und`: emoji, numbers and names only, too short, or a language without a list.

Codes are ISO 639 in lower case without region; X's old `in` and `iw` become `id` and `he`. Accuracy:
`python -m benchmarks.languages`. The detector runs only on rows that X left undetermined: it is slower than a field.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from pyspark.sql import Column
from pyspark.sql import functions as F

from runtime.resources import read_resource

UNKNOWN = "und"
UNDETERMINED = ("", UNKNOWN, "zxx", "qam", "qct", "qht", "qme", "qst", "art")
"""X's codes for: empty, undetermined, no text, only handles, cashtags, hashtags, media links, too short, emoji."""

MIN_POINTS = 2
LETTER_POINTS = 2
MIN_LETTERS = 2

_RENAMED = {"in": "id", "iw": "he"}

_LATIN = "a-zA-Z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_CAPITALS = "".join(chr(point) for point in (*range(0x41, 0x250), *range(0x1E00, 0x1F00)) if chr(point).isupper())
_UPPER = "".join(letter for letter in _CAPITALS if len(letter.lower()) == 1) + "\u0130"
_LOWER = "".join(letter.lower() for letter in _UPPER[:-1]) + "i"

SCRIPTS = {
    "ja": "\u3041-\u3096\u30a1-\u30fa\u31f0-\u31ff\uff66-\uff9d",
    "ko": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "zh": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
    "ru": "\u0400-\u052f",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "ar": "\u0620-\u064a\u066e-\u06d3\u06d5-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "he": "\u05d0-\u05ea\ufb1d-\ufb4f",
    "hy": "\u0531-\u0587",
    "ka": "\u10a0-\u10ff",
    "am": "\u1200-\u135a",
    "hi": "\u0900-\u097f",
    "bn": "\u0980-\u09ff",
    "pa": "\u0a00-\u0a7f",
    "gu": "\u0a80-\u0aff",
    "or": "\u0b00-\u0b7f",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "si": "\u0d80-\u0dff",
    "th": "\u0e00-\u0e7f",
    "lo": "\u0e80-\u0eff",
    "my": "\u1000-\u109f",
    "km": "\u1780-\u17ff",
}
"""Code -> the letters of its script, as the body of a regex class of code points."""

_TAG_LETTERS = "0-9A-Za-z_\u00aa-\u1fff\u3040-\ud7a3\uf900-\uffdc"
_NOISE = (
    r"@[A-Za-z0-9_]+|\[(?:email|account|phone)\]|https?://[!-~]*|(?<![A-Za-z])http(?![A-Za-z])"
    f"|[#\uff03][{_TAG_LETTERS}]*"
)
_NOT_LATIN = f"[^{_LATIN}]"
_BETWEEN_WORDS = f"[^0-9{_LATIN}]+"  # BA1234 is one word, not the Tagalog "ba"
_NOT_OTHER = f"[^\u0370-\U0010ffff]+|[^{''.join(SCRIPTS.values())}]"  # the first half skips Latin text quickly


@dataclass(frozen=True)
class Vocabulary:
    """A language's frequent words, those that are on no other list (`own`), and the letters that only it uses."""

    words: frozenset[str]
    own: frozenset[str]
    letters: str


@cache
def vocabularies() -> dict[str, Vocabulary]:
    """Code -> vocabulary, in the order of `models/annotation/text/languages.txt`."""
    lines = [
        line for line in read_resource("models/annotation/text/languages.txt").splitlines() if not line.startswith("#")
    ]
    tokens = {code: rest.split() for code, _, rest in (line.partition(": ") for line in lines)}
    words = {code: frozenset(each for each in found if each[0] != "+") for code, found in tokens.items()}
    lists = Counter(word for found in words.values() for word in found)
    return {
        code: Vocabulary(
            found,
            frozenset(word for word in found if lists[word] == 1),
            "".join(each[1:] for each in tokens[code] if each[0] == "+"),
        )
        for code, found in words.items()
    }


def detect_language(text: str) -> str:
    """The language of a masked or raw text by the rules above; `und` when undetermined."""
    words_only = re.sub(_NOISE, " ", text)
    latin, other = re.sub(_NOT_LATIN, "", words_only), re.sub(_NOT_OTHER, "", words_only)
    if len(other) >= MIN_LETTERS and 2 * len(other) >= len(latin):
        first = next(code for code, letters in SCRIPTS.items() if re.match(f"[{letters}]", other))
        return "ja" if re.search(f"[{SCRIPTS['ja']}]", other) else first
    lowered = words_only.translate(str.maketrans(_UPPER, _LOWER))
    words = set(re.split(_BETWEEN_WORDS, lowered))
    points = {code: _points(words, lowered, each) for code, each in vocabularies().items()}
    most = max(points.values())
    best = [code for code, count in points.items() if count == most]
    return best[0] if most >= MIN_POINTS and len(best) == 1 else UNKNOWN


def _points(words: set[str], lowered: str, language: Vocabulary) -> int:
    writes = bool(language.letters and re.search(f"[{language.letters}]", lowered))
    return len(words & language.words) + len(words & language.own) + LETTER_POINTS * writes


def detect_language_column(text: Column) -> Column:
    """`detect_language` as a Spark SQL expression; null is `und`."""
    words_only = F.regexp_replace(F.coalesce(text, F.lit("")), _NOISE, " ")
    latin = F.length(F.regexp_replace(words_only, _NOT_LATIN, ""))
    other = F.regexp_replace(words_only, _NOT_OTHER, "")
    by_script = F.coalesce(
        F.when(other.rlike(f"[{SCRIPTS['ja']}]"), "ja"),
        *[F.when(other.rlike(f"^[{letters}]"), code) for code, letters in SCRIPTS.items()],
    )
    by_words = _bound(F.translate(words_only, _UPPER, _LOWER), _language_of_words)
    is_other = (F.length(other) >= MIN_LETTERS) & (2 * F.length(other) >= latin)
    return F.when(is_other, by_script).otherwise(by_words)


def _language_of_words(lowered: Column) -> Column:
    found = F.transform(F.array_distinct(F.split(lowered, _BETWEEN_WORDS)), _points_of_word)
    for symbol, language in _symbols().items():
        if language.letters:
            written = F.when(lowered.rlike(f"[{language.letters}]"), symbol * LETTER_POINTS)
            found = F.array_append(found, written)
    return _bound(F.array_join(found, ""), _language_of_points)


def _points_of_word(word: Column) -> Column:
    """The symbol of a language for each point that the word gives it; null when the word is on no list."""
    index = F.get(F.split(F.lit("\n".join(_word_index())), "\n"), F.length(word))
    place = F.position(F.concat(F.lit("|"), word, F.lit("=")), index)
    return F.when(place > 0, F.substring_index(F.substr(index, place + F.length(word) + 2), "|", 1))


@cache
def _word_index() -> tuple[str, ...]:
    """By word length: `|the=aa|que=bc|`, the points of each word as symbols of the languages.

    Eight times as fast as intersecting with each list, which Spark would hash again for every row.
    """
    points: dict[str, str] = {}
    for symbol, language in _symbols().items():
        for word in sorted(language.words):
            points[word] = points.get(word, "") + symbol * (2 if word in language.own else 1)
    longest = max(map(len, points))
    return tuple(
        "".join(f"|{word}={symbols}" for word, symbols in points.items() if len(word) == length) + "|"
        for length in range(longest + 1)
    )


def _symbols() -> dict[str, Vocabulary]:
    """One letter per language."""
    return dict(zip(string.ascii_lowercase, vocabularies().values(), strict=False))


def _language_of_points(symbols: Column) -> Column:
    points = [F.length(symbols) - F.length(F.replace(symbols, F.lit(each), F.lit(""))) for each in _symbols()]
    return _bound(F.array(*points), _most_points)


def _most_points(points: Column) -> Column:
    most = F.array_max(points)
    is_clear = (most >= MIN_POINTS) & (F.size(F.filter(points, lambda each: each == most)) == 1)
    codes = F.split(F.lit(" ".join(vocabularies())), " ")
    place = F.call_function("array_position", points, most) - 1
    return F.when(is_clear, F.get(codes, place.cast("int"))).otherwise(UNKNOWN)


def _bound(value: Column, use: Callable[[Column], Column]) -> Column:
    """`use(value)` with `value` computed once per row, however often `use` refers to it."""
    return F.get(F.transform(F.array(value), use), F.lit(0))


def language_column(lang: Column, text: Column) -> Column:
    """The tweet's language: X's `lang` where it names one, else the detected one, which may be `und`."""
    code = F.substring_index(F.translate(F.lower(F.trim(lang)), "_", "-"), "-", 1)
    renamed = F.coalesce(*[F.when(code == old, new) for old, new in _RENAMED.items()], code)
    is_known = lang.isNotNull() & ~code.isin(*UNDETERMINED)
    return F.when(is_known, renamed).otherwise(detect_language_column(text))


def is_scorable(language: Column, languages: Sequence[str]) -> Column:
    """True where `language` (of `language_column`) is one of `languages` or undetermined, or `languages` is empty.

    Undetermined texts (emoji, numbers, names, very short ones) are scored: otherwise every short praise and every angry
    emoji would be lost.
    """
    asked = [_RENAMED.get(code, code) for code in languages]
    return F.coalesce(language, F.lit(UNKNOWN)).isin(*asked, UNKNOWN) if asked else F.lit(True)
