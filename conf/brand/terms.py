"""The syntax tree of a rule of X: terms and groups, and the checks of a whole tree."""

import re
import unicodedata
from dataclasses import dataclass

from conf.brand.operators import HANDLE

TAG = re.compile(rf"@{HANDLE}|#(?=\w*[^\W\d_])\w+|\$[A-Za-z]{{1,6}}(?:[._][A-Za-z]{{1,2}})?")
CONJUNCTIONS = {"and": "a blank already means both", "or": "write OR in capitals", "not": "write -word"}
"""{word that X rejects outside quotes: what to write instead}."""
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
    """Any text as a term that X matches word by word: words, tags and accounts unchanged, anything else as a phrase.

    ValueError when it has no word that X could match.
    """
    text = unicodedata.normalize("NFC", text)
    if text != text.strip() or not prints(text):
        raise ValueError(f"{text!r} has surrounding blanks or unprintable characters")
    if all(unicodedata.category(each)[0] in "PZ" or each in "$+<=>^`|~" for each in text):
        raise ValueError(f"{text!r} contains no word")
    if TAG.fullmatch(text) or (re.fullmatch(r"\w+", text) and text.lower() not in CONJUNCTIONS):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def prints(text: str) -> bool:
    """True when every character is printable, or joins its neighbours."""
    return text.translate(_JOINERS).isprintable()


def is_anchored(node: Node) -> bool:
    """True when every match of the rule needs a term that X allows to stand alone."""
    if isinstance(node, Term):
        return node.is_standalone and not node.is_negated
    return (all if node.is_choice else any)(map(is_anchored, node.parts))


def is_negative(node: Node) -> bool:
    """True when it contains only exclusions."""
    if isinstance(node, Term):
        return node.is_negated
    return all(map(is_negative, node.parts))


def values_of(node: Node, name: str) -> frozenset[str] | None:
    """The values of `name:` (a post has one language and one place) that a matching post can have; None for any.

    ValueError when no post can match, as with `lang:en lang:fr`.
    """
    if isinstance(node, Term):
        found = node.text.removeprefix(f"{name}:")
        return None if node.is_negated or found == node.text else frozenset({found})
    several = [values_of(part, name) for part in node.parts]
    known = [each for each in several if each is not None]
    if node.is_choice:
        return frozenset[str]().union(*known) if len(known) == len(several) else None
    if known and not frozenset.intersection(*known):
        wanted = " and ".join(sorted(f"{name}:{value}" for values in known for value in values))
        raise ValueError(f"{wanted} never occur together: a post has one")
    return frozenset.intersection(*known) if known else None
