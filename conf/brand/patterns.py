"""The regular expressions that settings may contain: a subset with one meaning in Java and Python and linear time.

Allowed: characters; `\\` before punctuation with a special meaning; `.` for any character; classes such as `[a-z0-9]`
and `[^,]`; groups `(...)` and `(?:...)`; `|`; and the counts `?`, `{2}`, `{0,20}`. Everything else is rejected: `*`,
`+` and `{2,}` are unbounded, and `\\d`, `\\w`, `\\b`, `^`, `$`, flags, look-around and back references differ between
java.util.regex and Python's `re`. Capitals are rejected too: texts are lower-cased.

From any start such a pattern reads at most `MAX_CHARACTERS`, in at most `MAX_WAYS` ways (a choice adds, a sequence
multiplies, a count sums the powers), so a hostile text costs a bounded number of steps per character.
"""

import string
from dataclasses import dataclass

MAX_WAYS = 1000
MAX_CHARACTERS = 200
MAX_LENGTH, MAX_GROUPS = 500, 50

_SPECIAL = frozenset("\\.[](){}|?*+^$")
_SPECIAL_IN_CLASS = frozenset("\\[]^&~|-")
_COUNT_CHARACTERS = 3  # a bound of four digits is above every limit


@dataclass(frozen=True)
class _Extent:
    """In how many ways a part of a pattern can match, and the minimum and maximum characters that it takes."""

    ways: int = 1
    min_characters: int = 0
    max_characters: int = 0

    def then(self, other: "_Extent") -> "_Extent":
        return _Extent(
            self.ways * other.ways,
            self.min_characters + other.min_characters,
            self.max_characters + other.max_characters,
        )

    def otherwise(self, other: "_Extent") -> "_Extent":
        return _Extent(
            self.ways + other.ways,
            min(self.min_characters, other.min_characters),
            max(self.max_characters, other.max_characters),
        )

    def times(self, minimum: int, maximum: int) -> "_Extent":
        ways = sum(self.ways**count for count in range(minimum, maximum + 1))
        return _Extent(ways, self.min_characters * minimum, self.max_characters * maximum)


def check_pattern(pattern: str) -> str:
    """`pattern` itself; ValueError names the character that leaves the subset, or the limit that it exceeds."""
    if len(pattern) > MAX_LENGTH or pattern.count("(") > MAX_GROUPS:
        raise ValueError(f"it is longer than {MAX_LENGTH} characters or has more than {MAX_GROUPS} groups")
    extent = _Reader(pattern).read()
    if extent.min_characters == 0:
        raise ValueError("it also matches the empty string, so it would match every text")
    if extent.max_characters > MAX_CHARACTERS:
        raise ValueError(f"it can take {extent.max_characters} characters, more than {MAX_CHARACTERS}")
    if extent.ways > MAX_WAYS:
        raise ValueError(f"it can match in {extent.ways} ways at one position, more than {MAX_WAYS}")
    return pattern


class _Reader:
    """Recursive-descent parser of one pattern."""

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
            if max(extent.ways, extent.max_characters) > 10**9:
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
            self._character(_SPECIAL)
        return _Extent(1, 1, 1)

    def _class(self) -> None:
        self._take("^")
        if self._next() == "]":
            raise self._fault("a class must contain a character")
        while not self._take("]"):
            first = self._character(_SPECIAL_IN_CLASS)
            if self._take("-"):
                last = self._character(_SPECIAL_IN_CLASS)
                if last < first:
                    raise self._fault(f"the range {first}-{last} runs backwards")

    def _counted(self, extent: _Extent) -> _Extent:
        if self._take("?"):
            extent = extent.times(0, 1)
        elif self._take("{"):
            minimum = self._number()
            maximum = self._number() if self._take(",") else minimum
            if not self._take("}") or maximum < minimum:
                raise self._fault("a count is {2} or {0,20}")
            extent = extent.times(minimum, maximum)
        if self._next() in ("?", "{", "*", "+"):
            raise self._fault(
                f"{self._next()!r} is not allowed here: counts are ?, {{2}} or {{0,20}}, one per position"
            )
        return extent

    def _number(self) -> int:
        digits = ""
        while self._next() and self._next() in string.digits and len(digits) < _COUNT_CHARACTERS:
            digits += self._next()
            self.at += 1
        if not digits:
            raise self._fault("a count is {2} or {0,20}, with both bounds")
        return int(digits)

    def _character(self, special: frozenset[str]) -> str:
        found = self._next()
        if found == "\\":
            self.at += 1
            found = self._next()
            if not found or found not in string.punctuation:
                raise self._fault("a backslash may only precede punctuation: write [0-9], [a-z]")
        elif not found or found in special:
            raise self._fault(f"{found!r} is not allowed here" if found else "the pattern ends too early")
        if found != found.lower():
            raise self._fault(f"{found!r} never matches: texts are lower-cased first")
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
