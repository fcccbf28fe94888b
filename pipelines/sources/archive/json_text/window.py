"""The lines of a JSON text that are not parsed yet, as one text that grows."""

from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter

from pipelines.sources.archive.characters import decode_line
from pipelines.sources.archive.lines import Line, Reading

_STEP_CHARACTERS = 64 * 1024


class Window:
    """`text` from the line of the current value on; `at` is the place in it up to which values were read.

    Damage of the file is stored in `damage`: it is raised by the reader after what came before it.
    """

    def __init__(self, lines: Iterator[Line], place: str, reading: Reading) -> None:
        self.text, self.at = "", 0
        self.lines: list[tuple[int, Line, bool]] = []  # where each line of the text begins; whether it is UTF-8
        self.damage: Exception | None = None
        self._rest, self._place, self._reading = lines, place, reading

    def begin(self) -> bool:
        """Continue with the next line that is not blank; False at the end."""
        self.text, self.at = "", 0
        self.lines.clear()
        while (line := self._pull()) is not None:
            if line.value.strip(b"\0 \t\r"):
                self.text, is_exact = decode_line(line.value, self._place, self._reading)
                self.lines.append((0, line, is_exact))
                return True
            self._reading.blank_lines += 1
        return False

    def grow(self) -> bool:
        """Append lines, as many characters as there are; drop the lines before the current one. False at the end."""
        kept = bisect_right(self.lines, self.at, key=itemgetter(0)) - 1
        cut = self.lines[kept][0]
        self.text, self.at = self.text[cut:], self.at - cut
        self.lines = [(start - cut, line, is_exact) for start, line, is_exact in self.lines[kept:]]
        added, parts, length = 0, [self.text], len(self.text)
        wanted = max(_STEP_CHARACTERS, length - self.at)
        while added < wanted and (line := self._pull()) is not None:
            text, is_exact = decode_line(line.value, self._place, self._reading)
            self.lines.append((length + 1, line, is_exact))
            parts += ("\n", text)
            length += len(text) + 1
            added += len(text) + 1
        self.text = "".join(parts)
        return added > 0

    def line_at(self, at: int) -> tuple[int, Line, bool]:
        """(where it begins, the line, whether it is UTF-8) of the line at a place."""
        return self.lines[bisect_right(self.lines, at, key=itemgetter(0)) - 1]

    def line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def indent(self, at: int) -> int:
        """The blanks before the line at a place."""
        line = self.line_at(at)[1]
        return len(line.value) - len(line.value.lstrip())

    def next_beginning(self, stop: int, limit: int) -> int:
        """The end of the line before the next one, after `stop`, that begins with `{` or `[`, not deeper than this one.

        The end of the text where none comes within `limit` characters.
        """
        indent = self.indent(self.at)
        while True:
            for start, line, _ in self.lines:
                text = line.value.lstrip()
                if start > stop and text[:1] in (b"{", b"[") and len(line.value) - len(text) <= indent:
                    return start - 1
            if len(self.text) - self.at > limit or not self.grow():
                return len(self.text)
            stop = min(stop, self.line_end(self.at))

    def exact_bytes(self, start: int, stop: int) -> bytes | None:
        """The bytes of a text on one line, as received; None for any other."""
        begin, _, is_exact = self.line_at(start)
        return self.as_bytes(start, stop) if is_exact and stop <= self.line_end(begin) else None

    def as_bytes(self, start: int, stop: int) -> bytes:
        """A text as received where it fills its line, else in UTF-8."""
        begin, line, _ = self.line_at(start)
        if len(self.lines) == 1 and not self.text[:start].strip() and not self.text[stop:].strip():
            return line.value if start == begin and stop == len(self.text) else line.value.strip()
        return self.text[start:stop].encode("utf-8", "surrogatepass")

    def _pull(self) -> Line | None:
        try:
            return next(self._rest, None)
        except Exception as damage:  # raised by the reader, in its place
            self.damage, self._rest = damage, iter(())
        return None
