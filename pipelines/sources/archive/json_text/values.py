"""Lines of text -> the JSON values in them, in constant memory: one per line, glued together, pretty-printed, unclosed.

A value that is torn costs itself only: reading goes on at the next line that begins one, and whole tweets inside it are
found. An array, and a wrapper such as `{"statuses": [` that is large, is entered: its elements are yielded one by one.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pipelines.sources.archive.json_text.window import Window
from pipelines.sources.archive.lines import Line, Reading

MAX_VALUE_CHARACTERS = 32 * 1024 * 1024
"""A larger value over many lines is entered, whatever it is."""
_SMALL_CHARACTERS = 1024 * 1024
"""An array or a wrapper of tweets larger than this is entered."""
_MAX_ATTEMPTS = 5000
_SEPARATORS = re.compile(r"[\s,;)\]\x1e\x00\ufeff]*")
_CLOSING = re.compile(r"[\s,;)\]}\x1e\x00\ufeff]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_][\w.$ ]*[=(]\s*(?=[\[{]|$)")
"""`window.YTD.tweets.part0 = ` and `callback(`; the value may begin on the next line."""
_WRAPPER = re.compile(r'\{\s*"(?:statuses|results|tweets)"\s*:\s*\[')
_ANY_WRAPPER = re.compile(r'\{\s*"\w+"\s*:\s*[\[{]')
_MEMBER = re.compile(r'"(?:[^"\\]|\\.)*"\s*:\s*')
_OBJECT = re.compile(r'\{\s*"')
_TWEET_TEXT = re.compile(r'"(?:full_text|text)"\s*:')


class Found(NamedTuple):
    """A value and its text; `place` is (line on which the outermost value begins, number in it).

    `text` is None for a value that must be written again: over several lines, or in other bytes than UTF-8. A text that
    is no JSON has `is_broken`, and in `tweets` the number of texts of tweets in it. `size` is the length in bytes of a
    line that was cut. `has_types`: names begin with `$`, as MongoDB's types do.
    """

    place: tuple[int, int]
    text: bytes | None
    value: Any = None
    is_broken: bool = False
    size: int | None = None
    tweets: int = 0
    has_types: bool = False


def count_texts(text: str) -> int:
    """About how many tweets a text holds that cannot be parsed."""
    return len(_TWEET_TEXT.findall(text))


def read_values(
    lines: Iterator[Line], place: str, is_tweet: Callable[[Any], bool], reading: Reading
) -> Iterator[Found]:
    """Yield every value of a JSON text. `is_tweet` recognises a whole tweet inside a torn value."""
    yield from _Values(lines, place, is_tweet, reading).read()


class _Values:
    def __init__(self, lines: Iterator[Line], place: str, is_tweet: Callable[[Any], bool], reading: Reading) -> None:
        self._w, self._is_tweet = Window(lines, place, reading), is_tweet
        self._open = 0  # arrays and wrappers that were entered
        self._base, self._index = 0, 0

    def read(self) -> Iterator[Found]:
        while self._w.begin():
            while self._skip():
                found = self._next()
                if found is None:
                    break
                yield from found
        if self._w.damage is not None:
            raise self._w.damage

    def _skip(self) -> bool:
        """Move to the next value; False at the end of the text."""
        pattern = _CLOSING if self._open else _SEPARATORS
        match = pattern.match(self._w.text, self._w.at)
        assert match is not None
        closed = match.group().count("]") + match.group().count("}")
        self._open = max(0, self._open - closed)
        self._w.at = match.end()
        if (assignment := _ASSIGNMENT.match(self._w.text, self._w.at)) is not None:
            self._w.at = assignment.end()
            if self._w.at == len(self._w.text) and self._w.grow():
                return self._skip()
        if self._open and (member := _MEMBER.match(self._w.text, self._w.at)) is not None:
            self._w.at = member.end()
        return self._w.at < len(self._w.text)

    def _next(self) -> list[Found] | Iterator[Found] | None:
        """What begins here; an empty list when an array was entered, None when the file ended in damage."""
        line = self._w.line_at(self._w.at)[1]
        if line.is_cut:
            self._w.at = len(self._w.text)
            text = line.value.decode("utf-8", "replace")
            return [Found(self._number(line), line.value, None, True, line.size, count_texts(text))]
        if self._w.text[self._w.at] == "[" and not self._fits_one_line():
            return self._enter(self._w.at + 1)
        if not self._open and _MEMBER.match(self._w.text, self._w.at) is not None:
            # The rest of an object whose beginning is missing.
            stop = self._w.next_beginning(self._w.line_end(self._w.at), MAX_VALUE_CHARACTERS)
            return self._reject(self._w.at, stop)
        return self._decoded(line)

    def _decoded(self, line: Line) -> list[Found] | Iterator[Found] | None:
        """The value that begins here, over as many lines as it needs."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._w.text, self._w.at)
            except json.JSONDecodeError as error:
                if _is_unfinished(error, self._w.text):
                    if (wrapper := self._wrapper_to_enter()) is not None:
                        return self._enter(wrapper.end())
                    if self._w.grow():
                        continue
                    if self._w.damage is not None:
                        return None
                return self._broken(error.pos)
            except RecursionError:
                return self._reject(self._w.at, self._w.line_end(self._w.at), is_deep=True)
            exact = self._w.exact_bytes(self._w.at, end)
            found = Found(self._number(line), exact, value, has_types=self._w.text.find('"$', self._w.at, end) >= 0)
            self._w.at = end
            return [found]

    def _fits_one_line(self) -> bool:
        """True for an array that is whole on its line, and small."""
        end = self._w.line_end(self._w.at)
        if end - self._w.at > _SMALL_CHARACTERS:
            return False
        try:
            _DECODER.raw_decode(self._w.text[:end], self._w.at)
        except RecursionError:
            return True
        except json.JSONDecodeError:
            return False
        return True

    def _wrapper_to_enter(self) -> "re.Match[str] | None":
        size = len(self._w.text) - self._w.at
        if size > MAX_VALUE_CHARACTERS:
            return _ANY_WRAPPER.match(self._w.text, self._w.at)
        return _WRAPPER.match(self._w.text, self._w.at) if size > _SMALL_CHARACTERS else None

    def _enter(self, at: int) -> list[Found]:
        self._number(self._w.line_at(self._w.at)[1], count=False)
        self._open += 1 + self._w.text[self._w.at : at].count("[", 1)
        self._w.at = at
        return []

    def _broken(self, error_at: int) -> Iterator[Found]:
        """The text up to the next line on which a value can begin, with the whole tweets in it."""
        stop = self._w.line_end(self._w.at)
        if error_at > stop:
            stop = self._w.next_beginning(stop, MAX_VALUE_CHARACTERS)
        return self._reject(self._w.at, stop)

    def _reject(self, start: int, stop: int, *, is_deep: bool = False) -> Iterator[Found]:
        first = self._w.line_at(start)[1]
        text, left = self._w.text[start:stop], start
        self._w.at = stop
        for begin, end, value in [] if is_deep else _whole_tweets(text, self._is_tweet):
            yield Found(self._number(first), text[begin:end].encode("utf-8", "surrogatepass"), value)
            left = start + end
        rest = self._w.text[left:stop]
        if rest.strip("\0 \t\r\n,]}"):
            raw = self._w.as_bytes(left, stop)
            yield Found(self._number(first), raw, None, True, None, count_texts(rest))

    def _number(self, line: Line, *, count: bool = True) -> tuple[int, int]:
        """The place of the next value: the line where the outermost one begins, and the number in it."""
        if not self._open and line.number > self._base:
            self._base, self._index = line.number, 0
        place = (self._base, self._index)
        self._index += count
        return place


def _whole_tweets(text: str, is_tweet: Callable[[Any], bool]) -> Iterator[tuple[int, int, Any]]:
    """(begin, end, value) of the whole tweets inside a torn text."""
    at = 1
    for _ in range(_MAX_ATTEMPTS):
        match = _OBJECT.search(text, at)
        if match is None:
            return
        try:
            value, end = _DECODER.raw_decode(text, match.start())
        except (json.JSONDecodeError, RecursionError):
            at = match.start() + 1
            continue
        if is_tweet(value):
            yield match.start(), end, value
        at = end


def _is_unfinished(error: json.JSONDecodeError, text: str) -> bool:
    """True when the text ends inside a value, where more lines may complete it."""
    return not error.msg.startswith(("Unterminated", "Invalid")) and text[error.pos :].strip() in ("", ",", "{", "[")


# `NaN` and the infinities, which JSON does not have, are null.
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)
