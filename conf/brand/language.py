"""The part of X's rule language that a brand file may use: text -> a checked tree -> text in one spelling.

    delayed (@FlySkyvarn OR skyvarn) -"lost in translation" has:links

Adjacent words must all occur, `OR` binds less tightly, `-` precedes one word, phrase or operator, never a group. A word
with punctuation is put into quotes, as X requires. Each check raises ValueError with the position of the fault.
"""

import re
import unicodedata
from collections.abc import Iterator

from conf.brand.operators import OPERATORS, check_operator
from conf.brand.terms import CONJUNCTIONS, TAG, Group, Node, Term, is_anchored, is_negative, literal, prints, values_of

_PHRASE = re.compile(r'"((?:[^"\\]|\\.)*)"(~[0-9]+)?')
_OPERATOR = re.compile(r'([A-Za-z_]+):((?:\[[^\]]*\]|"(?:[^"\\]|\\.)*"|[^\s()"\[\]])*)')
_WORD = re.compile(r'[^\s()"]+')
_MAX_WORDS_APART = 6
_MAX_GROUPS = 50


def parse_expression(text: str) -> Node:
    """A complete rule of X; ValueError names the character of a fault."""
    node = parse_part(text)
    if not is_anchored(node):
        raise ValueError(
            f"{text!r} alone matches too much: X requires a word, phrase, @handle, #tag or account in each alternative"
        )
    return node


def parse_part(text: str) -> Node:
    """A part of a rule: unlike a complete rule it may consist only of negations or operators such as `has:links`."""
    node = _read(text, excludes=False)
    for name in ("lang", "place_country"):
        values_of(node, name)
    return node


def parse_single(text: str) -> Term:
    """One entry of a list of exclusions: a word, phrase, tag, account or operator, without the dash."""
    node = _read(text, excludes=True)
    if not isinstance(node, Term) or text.startswith("-"):
        raise ValueError(f"{text!r}: an entry is one word, one phrase in double quotes or one operator, without a '-'")
    return node


def _read(text: str, excludes: bool) -> Node:
    if not prints(text):
        raise ValueError(f"{text!r} has unprintable characters")
    if text.count("(") > _MAX_GROUPS:
        raise ValueError(f"it has more than {_MAX_GROUPS} groups")
    return _Reader(unicodedata.normalize("NFC", text), excludes).read()


class _Reader:
    """Recursive-descent parser of one text; `excludes` when each of its terms will be negated."""

    def __init__(self, text: str, excludes: bool) -> None:
        self.text, self.excludes, self.at = text, excludes, 0

    def read(self) -> Node:
        node = self._choice()
        if self.at < len(self.text):
            raise self._fault("this ')' closes nothing")
        return node

    def _choice(self) -> Node:
        parts = [self._all()]
        while self._take_or():
            parts.append(self._all())
        if len(parts) > 1 and not self.excludes and any(is_negative(part) for part in parts):
            raise self._fault("an alternative of OR needs something that is not negated")
        return parts[0] if len(parts) == 1 else Group(tuple(parts), is_choice=True)

    def _all(self) -> Node:
        parts = list(self._items())
        if not parts:
            raise self._fault("a word is missing here")
        return parts[0] if len(parts) == 1 else Group(tuple(parts), is_choice=False)

    def _items(self) -> Iterator[Node]:
        while self._peek() not in ("", ")") and not self._is_or():
            node = self._item()
            # A group of words needs no brackets among words: `a (b c)` is `a b c`.
            yield from node.parts if isinstance(node, Group) and not node.is_choice else (node,)

    def _item(self) -> Node:
        is_negated = self._peek() == "-"
        self.at += is_negated
        if not self.text[self.at : self.at + 1].strip():
            raise self._fault("a '-' must directly precede what it excludes")
        if self.text[self.at] != "(":
            return self._term(is_negated or self.excludes)
        if is_negated:
            raise self._fault("a group cannot be excluded: put a '-' before each of its words")
        self.at += 1
        node = self._choice()
        if self._peek() != ")":
            raise self._fault("a ')' is missing")
        self.at += 1
        return node

    def _term(self, is_negated: bool) -> Term:
        start = self.at
        try:
            text, is_standalone = self._phrase() or self._operator(is_negated) or self._word()
        except ValueError as error:
            self.at = start
            raise self._fault(str(error)) from None
        if self._peek_here() not in ("", " ", ")", "("):
            raise self._fault("a blank is missing here")
        return Term(text, is_negated, is_standalone)

    def _phrase(self) -> tuple[str, bool] | None:
        if self.text[self.at] != '"':
            return None
        found = _PHRASE.match(self.text, self.at)
        if not found:
            raise ValueError("this '\"' is not closed")
        if not found[1].strip():
            raise ValueError("this phrase is empty")
        literal(found[1].strip())
        if found[2] and not 1 <= int(found[2][1:]) <= _MAX_WORDS_APART:
            raise ValueError(f"words of a phrase may be ~1 to ~{_MAX_WORDS_APART} apart")
        self.at = found.end()
        return found[0], True

    def _operator(self, is_negated: bool) -> tuple[str, bool] | None:
        found = _OPERATOR.match(self.text, self.at)
        if not found:
            return None
        text = check_operator(found[1].lower(), found[2], is_negated)
        self.at = found.end()
        return text, OPERATORS[found[1].lower()].is_standalone

    def _word(self) -> tuple[str, bool]:
        found = _WORD.match(self.text, self.at)
        word = found[0] if found else self.text[self.at]
        if word.lower() in CONJUNCTIONS:
            hint = CONJUNCTIONS[word.lower()]
            raise ValueError(f"X does not search for {word!r}: {hint}, or put it into double quotes")
        if word[0] == "-":
            raise ValueError(f"{word!r}: one '-' excludes a word")
        if word[0] in "'‘’“”„«»" or "*" in word:
            raise ValueError(f"{word!r}: phrases need double quotes, and X has no wildcards")
        if word[0] in "@#$" and not TAG.fullmatch(word):
            raise ValueError(f"{word!r} is not a @handle, #hashtag or $CASHTAG that X accepts")
        self.at += len(word)
        return literal(word), True

    def _is_or(self) -> bool:
        return bool(re.match(r"OR(?![^\s()])", self.text[self.at :]))

    def _take_or(self) -> bool:
        self._peek()
        found = self._is_or()
        self.at += 2 * found
        return found

    def _peek(self) -> str:
        while self._peek_here() == " ":
            self.at += 1
        return self._peek_here()

    def _peek_here(self) -> str:
        return self.text[self.at : self.at + 1]

    def _fault(self, what: str) -> ValueError:
        return ValueError(f"at character {self.at + 1}: {what}")
