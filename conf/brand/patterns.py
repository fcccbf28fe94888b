"""The regular expressions that a file of settings may hold: a subset that Java and Python read alike, in linear time.

Allowed: characters; `\\` before a punctuation mark that would mean something; `.` for any character; classes such as
`[a-z0-9]` and `[^,]`; groups `(...)` and `(?:...)`; `|`; and the counts `?`, `{2}`, `{0,20}`. Everything else is
refused: `*`, `+` and `{2,}` have no bound, and `\\d`, `\\w`, `\\b`, `^`, `$`, flags, look-around and back references
differ between java.util.regex and Python's `re`. Capitals are refused too: a pattern meets lower-cased text.

A pattern of the subset looks at no more than `MOST_CHARACTERS` from where it starts, in no more than `MOST_WAYS` ways
(a choice adds, a sequence multiplies, a count sums the powers), so a hostile text costs a fixed number of steps a
character.
"""

import string
from dataclasses import dataclass

MOST_WAYS = 1000
MOST_CHARACTERS = 200
MOST_LENGTH, MOST_GROUPS = 500, 50

_MARKS = frozenset("\\.[](){}|?*+^$")
_CLASS_MARKS = frozenset("\\[]^&~|-")
_COUNT_CHARACTERS = 3  # a bound of four digits is above every limit


@dataclass(frozen=True)
class _Extent:
    """How many ways a part of a pattern can be tried, and the fewest and most characters that it takes."""

    ways: int = 1
    fewest: int = 0
    most: int = 0

    def then(self, other: "_Extent") -> "_Extent":
        return _Extent(self.ways * other.ways, self.fewest + other.fewest, self.most + other.most)

    def otherwise(self, other: "_Extent") -> "_Extent":
        return _Extent(self.ways + other.ways, min(self.fewest, other.fewest), max(self.most, other.most))

    def times(self, least: int, most: int) -> "_Extent":
        ways = sum(self.ways**count for count in range(least, most + 1))
        return _Extent(ways, self.fewest * least, self.most * most)


def check_pattern(pattern: str) -> str:
    """`pattern` itself; ValueError says at which character it leaves the subset, or which limit it breaks."""
    if len(pattern) > MOST_LENGTH or pattern.count("(") > MOST_GROUPS:
        raise ValueError(f"it is longer than {MOST_LENGTH} characters or has more than {MOST_GROUPS} groups")
    extent = _Reader(pattern).read()
    if extent.fewest == 0:
        raise ValueError("it also fits no characters at all, so it would fit every text")
    if extent.most > MOST_CHARACTERS:
        raise ValueError(f"it can take {extent.most} characters, more than {MOST_CHARACTERS}")
    if extent.ways > MOST_WAYS:
        raise ValueError(f"it can be tried in {extent.ways} ways at one place, more than {MOST_WAYS}")
    return pattern


class _Reader:
    """Recursive descent over one pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def read(self) -> _Extent:
        extent = self._choice()
        if self._next():
            raise self._fault(f"{self._next()!r} closes nothing")
        return extent

    def _choice(self) -> _Extent:
        extent = self._sequence()
        while self._take("|"):
            extent = extent.otherwise(self._sequence())
        return extent

    def _sequence(self) -> _Extent:
        extent = _Extent()
        while self._next() not in ("", "|", ")"):
            extent = extent.then(self._counted(self._atom()))
            if max(extent.ways, extent.most) > 10**9:
                raise self._fault("the pattern is too large")
        return extent

    def _atom(self) -> _Extent:
        if self._take("("):
            if self._next() == "?" and not self._take("?:"):
                raise self._fault("of the groups that begin with '?' only (?:...) is allowed")
            extent = self._choice()
            if not self._take(")"):
                raise self._fault("a ')' is missing")
            return extent
        if self._take("["):
            self._class()
        elif not self._take("."):
            self._character(_MARKS)
        return _Extent(1, 1, 1)

    def _class(self) -> None:
        self._take("^")
        if self._next() == "]":
            raise self._fault("a class must hold a character")
        while not self._take("]"):
            first = self._character(_CLASS_MARKS)
            if self._take("-"):
                last = self._character(_CLASS_MARKS)
                if last < first:
                    raise self._fault(f"the range {first}-{last} runs backwards")

    def _counted(self, extent: _Extent) -> _Extent:
        if self._take("?"):
            extent = extent.times(0, 1)
        elif self._take("{"):
            least = self._number()
            most = self._number() if self._take(",") else least
            if not self._take("}") or most < least:
                raise self._fault("a count is {2} or {0,20}")
            extent = extent.times(least, most)
        if self._next() in ("?", "{", "*", "+"):
            raise self._fault(f"{self._next()!r} is not allowed here: counts are ?, {{2}} or {{0,20}}, one at a place")
        return extent

    def _number(self) -> int:
        digits = ""
        while self._next() and self._next() in string.digits and len(digits) < _COUNT_CHARACTERS:
            digits += self._next()
            self.at += 1
        if not digits:
            raise self._fault("a count is {2} or {0,20}, with both bounds")
        return int(digits)

    def _character(self, marks: frozenset[str]) -> str:
        found = self._next()
        if found == "\\":
            self.at += 1
            found = self._next()
            if not found or found not in string.punctuation:
                raise self._fault("a backslash stands before punctuation only: write [0-9], [a-z]")
        elif not found or found in marks:
            raise self._fault(f"{found!r} is not allowed here" if found else "the pattern ends too early")
        if found != found.lower():
            raise self._fault(f"{found!r} can never fit: texts are lower-cased first")
        self.at += 1
        return found

    def _next(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _take(self, text: str) -> bool:
        taken = self.pattern.startswith(text, self.at)
        self.at += len(text) * taken
        return taken

    def _fault(self, what: str) -> ValueError:
        return ValueError(f"at character {self.at + 1}: {what}")
