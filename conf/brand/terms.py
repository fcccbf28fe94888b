"""The parts of a rule of X: terms, groups of them, and what a group as a whole allows."""

import re
import unicodedata
from dataclasses import dataclass

from conf.brand.operators import HANDLE

TAG = re.compile(rf"@{HANDLE}|#(?=\w*[^\W\d_])\w+|\$[A-Za-z]{{1,6}}(?:[._][A-Za-z]{{1,2}})?")
CONJUNCTIONS = {"and": "a blank already means both", "or": "write OR in capitals", "not": "write -word"}
"""Words that X refuses outside quotes, and what to do instead."""
_JOINERS = str.maketrans("", "", "\u200c\u200d")  # inside emoji and Persian words


@dataclass(frozen=True)
class Term:
    """One word, phrase, tag, account or operator; `text` is without the dash."""

    text: str
    is_negated: bool = False
    is_standalone: bool = True

    def __str__(self) -> str:
        return f"-{self.text}" if self.is_negated else self.text


@dataclass(frozen=True)
class Group:
    """All of `parts` (`is_choice` False) or any of them, two or more."""

    parts: "tuple[Node, ...]"
    is_choice: bool

    def __str__(self) -> str:
        if self.is_choice:
            return " OR ".join(map(str, self.parts))
        return " ".join(f"({part})" if isinstance(part, Group) else str(part) for part in self.parts)


Node = Term | Group


def literal(text: str) -> str:
    """Any text as X finds it word by word: `Skyvarn` as it is, tags and accounts too, everything else as a phrase.

    ValueError when X could find no word in it.
    """
    text = unicodedata.normalize("NFC", text)
    if text != text.strip() or not prints(text):
        raise ValueError(f"{text!r} has blanks around it or characters that do not print")
    if all(unicodedata.category(each)[0] in "PZ" or each in "$+<=>^`|~" for each in text):
        raise ValueError(f"{text!r} holds no word")
    if TAG.fullmatch(text) or (re.fullmatch(r"\w+", text) and text.lower() not in CONJUNCTIONS):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def prints(text: str) -> bool:
    """True when every character shows, or joins those beside it."""
    return text.translate(_JOINERS).isprintable()


def is_anchored(node: Node) -> bool:
    """True when each way to fit the rule needs something that X lets stand alone."""
    if isinstance(node, Term):
        return node.is_standalone and not node.is_negated
    return (all if node.is_choice else any)(map(is_anchored, node.parts))


def is_negative(node: Node) -> bool:
    """True when there is nothing in it but exclusions."""
    if isinstance(node, Term):
        return node.is_negated
    return all(map(is_negative, node.parts))


def values_of(node: Node, name: str) -> frozenset[str] | None:
    """The values of `name:` (a post has one language and one place) that a fitting post can have; None for any.

    ValueError when it can have none, as in `lang:en lang:fr`.
    """
    if isinstance(node, Term):
        found = node.text.removeprefix(f"{name}:")
        return None if node.is_negated or found == node.text else frozenset({found})
    several = [values_of(part, name) for part in node.parts]
    told = [each for each in several if each is not None]
    if node.is_choice:
        return frozenset[str]().union(*told) if len(told) == len(several) else None
    if told and not frozenset.intersection(*told):
        wanted = " and ".join(sorted(f"{name}:{value}" for values in told for value in values))
        raise ValueError(f"{wanted} never meet: a post has one")
    return frozenset.intersection(*told) if told else None
