"""Checks of a parsed rule or query: unknown operators, invalid values, no standalone term."""

import re
from typing import Literal

from stack.x_emulator.contract import Json, table
from stack.x_emulator.language import Group, LanguageError, Node, Term, parse

Where = Literal["stream", "search"]


def errors_of(text: str, where: Where, max_characters: int) -> list[str]:
    """The errors in a rule (`stream`) or a query (`search`) as sentences; empty if X would accept it."""
    if len(text) > max_characters:
        what = "Rule" if where == "stream" else "Query"
        return [f"{what} length {len(text)} exceeds the max allowed length {max_characters}"]
    try:
        node = parse(text)
    except LanguageError as error:
        return [str(error)]
    found = list(_errors(node, where))
    return found or ([] if _is_standalone(node) else [_standalone_error(node)])


def terms_of(node: Node) -> list[Term]:
    if isinstance(node, Term):
        return [node]
    return [term for part in node.parts for term in terms_of(part)]


def has_text_term(node: Node) -> bool:
    """True if a term that is not negated matches on the words of a post."""
    operators = table("language")["operators"]
    return any(operators[term.operator].get("text") for term in terms_of(node) if not term.is_negated)


def _errors(node: Node, where: Where) -> list[str]:
    if isinstance(node, Group):
        negated = [f"Negating a group is not supported (at position {node.position})"] if node.is_negated else []
        return negated + [error for part in node.parts for error in _errors(part, where)]
    about = table("language")["operators"].get(node.operator)
    place = f"(at position {node.position})"
    if about is None or where not in about.get("where", ("stream", "search")):
        return [
            f"Reference to invalid operator '{node.operator}'. Operator is not available in current product or "
            f"product packaging {place}"
        ]
    if not node.value:
        return [f"The operator '{node.operator}' needs a value {place}"]
    if not _is_value(node.value, about):
        return [f"'{node.value}' is not a valid value of the operator '{node.operator}' {place}"]
    if f"{node.operator}:{node.value.lower()}" in table("language")["only_negated"] and not node.is_negated:
        return [f"'{node.operator}:{node.value}' can only be negated {place}"]
    return []


def _is_value(value: str, about: Json) -> bool:
    values, pattern = about.get("values"), about.get("value")
    if values is not None:
        allowed = table("language")["languages"] if values == "languages" else values
        return value.lower() in {each.lower() for each in allowed}
    return pattern is None or re.fullmatch(table("language")["values"][pattern], value) is not None


def _is_standalone(node: Node) -> bool:
    """True if every alternative of the rule has a positive standalone term."""
    if isinstance(node, Term):
        return not node.is_negated and bool(table("language")["operators"][node.operator].get("standalone"))
    return (any if node.kind == "and" else all)(_is_standalone(part) for part in node.parts)


def _standalone_error(node: Node) -> str:
    if all(term.is_negated for term in terms_of(node)):
        return "Rules must contain a non-negation term (at position 1)"
    return (
        "Rules must contain at least one standalone operator: each alternative needs a keyword, phrase, #hashtag, "
        f"@mention, from: or the like beside lang:, is:, has: and sample: (at position {node.position})"
    )
