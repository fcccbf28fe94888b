"""X's rule and query language as a syntax tree: terms, and groups joined by AND (a blank) or OR (binds weaker)."""

import re
from dataclasses import dataclass, replace
from typing import Literal

_PIECE = re.compile(
    r"""\s*(?P<minus>-*)(?:
        (?P<open>\() | (?P<close>\)) | "(?P<phrase>(?:\\.|[^"\\])*)"
        | (?P<name>[A-Za-z_]+):(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<bracket>\[[^\]]*\])|(?P<plain>[^\s()"]*))
        | (?P<word>[^\s()"]+) | (?P<stray>")
    )""",
    re.VERBOSE,
)
_SIGNS = {"#": "hashtag", "$": "cashtag", "@": "mention"}
_WORD = re.compile(r"\w|[^\x00-\x7f]")


class LanguageError(ValueError):
    """A syntax error in a rule or query, with X's message and the position (from 1)."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at position {position})")


@dataclass(frozen=True)
class Term:
    operator: str
    value: str
    position: int
    is_negated: bool = False


@dataclass(frozen=True)
class Group:
    kind: Literal["and", "or"]
    parts: tuple["Node", ...]
    position: int
    is_negated: bool = False


Node = Term | Group


@dataclass(frozen=True)
class _Piece:
    kind: str
    node: Node | None
    position: int
    is_negated: bool


def parse(text: str) -> Node:
    """The syntax tree of a rule or query. Raises LanguageError for a syntax error."""
    pieces = _pieces(text)
    if not pieces:
        raise LanguageError("Rules must contain a non-negation term", 1)
    node, rest = _either(pieces, 0)
    if rest < len(pieces):
        raise LanguageError("extraneous input ')'", pieces[rest].position)
    return node


def _pieces(text: str) -> list[_Piece]:
    found: list[_Piece] = []
    place = 0
    while text[place:].strip():
        match = _PIECE.match(text, place)
        if match is None:
            raise LanguageError(f"no viable alternative at character '{text[place:].strip()[0]}'", place + 1)
        found.append(_piece(match, match.start("minus") + 1))
        place = match.end()
    return found


def _piece(match: "re.Match[str]", position: int) -> _Piece:
    minus = bool(match["minus"])
    for kind in ("open", "close"):
        if match[kind]:
            return _Piece(kind, None, position, minus)
    if match["stray"] is not None:
        raise LanguageError("missing closing quote", position)
    if match["phrase"] is not None:
        return _Piece("term", Term("phrase", _unescape(match["phrase"]), position, minus), position, minus)
    if match["name"] is not None:
        value = match["bracket"] or match["plain"] or _unescape(match["quoted"] or "")
        return _Piece("term", Term(match["name"].lower(), value, position, minus), position, minus)
    return _word(match["word"], position, minus)


def _word(word: str, position: int, minus: bool) -> _Piece:
    if word == "OR" and not minus:
        return _Piece("or", None, position, False)
    if word.lower() in ("or", "and"):
        right = "OR" if word.lower() == "or" else "a space"
        raise LanguageError(
            f"Ambiguous use of {word.lower()} as a keyword. Use {right} to logically join two clauses, "
            f'or "{word.lower()}" to find occurrences of {word.lower()} in text',
            position,
        )
    if not _WORD.search(word):
        raise LanguageError(f"no viable alternative at character '{word[0]}'", position)
    operator = _SIGNS.get(word[0], "keyword")
    value = word[1:] if operator != "keyword" else word
    return _Piece("term", Term(operator, value, position, minus), position, minus)


def _either(pieces: list[_Piece], place: int) -> tuple[Node, int]:
    start = place
    first, place = _all(pieces, place)
    parts = [first]
    while place < len(pieces) and pieces[place].kind == "or":
        part, place = _all(pieces, place + 1)
        parts.append(part)
    return (first if len(parts) == 1 else Group("or", tuple(parts), pieces[start].position)), place


def _all(pieces: list[_Piece], place: int) -> tuple[Node, int]:
    parts: list[Node] = []
    start = place
    while place < len(pieces) and pieces[place].kind in ("term", "open"):
        part, place = _one(pieces, place)
        parts.append(part)
    if not parts:
        where = pieces[min(place, len(pieces) - 1)]
        raise LanguageError("missing a term", where.position)
    return (parts[0] if len(parts) == 1 else Group("and", tuple(parts), pieces[start].position)), place


def _one(pieces: list[_Piece], place: int) -> tuple[Node, int]:
    piece = pieces[place]
    if piece.node is not None:
        return piece.node, place + 1
    inside, place = _either(pieces, place + 1)
    if place >= len(pieces) or pieces[place].kind != "close":
        raise LanguageError("missing ')'", piece.position)
    if not piece.is_negated:
        return inside, place + 1
    if isinstance(inside, Term):
        return replace(inside, is_negated=not inside.is_negated), place + 1
    return replace(inside, is_negated=True), place + 1


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
