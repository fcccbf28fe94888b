"""Positions in the masked text of the words that the model reads: word -> [begin, end) in code points.

`normaliser.space_punctuation` works character by character: it folds, drops and separates characters, but never moves
one. So the k-th visible character of the spaced text came from a known character of the masked text (the three dots of
an ellipsis from one), and a word's offsets are those of its first and last character. In Python and as Spark columns.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from models.annotation.text.normaliser import space_punctuation, space_punctuation_column

_BLANK = " "


def visible_places(masked: str) -> list[int]:
    """For each visible character of the spaced text, the offset of the character of `masked` that it came from."""
    return [place for place, character in enumerate(masked) for _ in space_punctuation(character).replace(_BLANK, "")]


def visible_places_column(masked: Column) -> Column:
    """`visible_places` as array<int>; null stays null."""
    characters = F.regexp_extract_all(masked, F.lit(r"(?s)(.)"), F.lit(1))  # a dot is a whole code point
    return F.flatten(F.transform(characters, lambda character, place: F.array_repeat(place, _shown(character))))


def _shown(character: Column) -> Column:
    """How many visible characters one becomes; ASCII characters skip the normaliser's long character classes."""
    spaced = F.length(F.replace(space_punctuation_column(character), F.lit(_BLANK), F.lit("")))
    return F.when(character.between("!", "~"), 1).otherwise(spaced)


def place_words(masked: str) -> list[tuple[int, int]]:
    """[begin, end) in `masked` of each word of its spaced text."""
    places = visible_places(masked)
    found: list[tuple[int, int]] = []
    seen = 0
    for word in space_punctuation(masked).split(_BLANK):
        if word:
            found.append((places[seen], places[seen + len(word) - 1] + 1))
            seen += len(word)
    return found


def visible_before(spaced: Column, units: Column) -> Column:
    """The number of visible characters in the first `units` UTF-16 units of `spaced` (the units of Spark NLP)."""
    prefix = F.decode(F.encode(spaced, "UTF-16BE").substr(F.lit(1), units * 2), "UTF-16BE")
    return F.length(F.replace(prefix, F.lit(_BLANK), F.lit("")))
