"""Phrases with choices: ``[a|b|]`` picks one, ``{slot}`` is filled from a table or generated."""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from random import Random

from generator.slots import SLOTS, Slot


class Sequence:
    """Parts that follow one another."""

    __slots__ = ("parts",)

    def __init__(self, parts: list["Part"]) -> None:
        self.parts = parts


class Choice:
    """Sequences of which one is chosen."""

    __slots__ = ("options",)

    def __init__(self, options: list[Sequence]) -> None:
        self.options = options


class Name:
    """A slot to fill."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


Part = str | Choice | Name
Tables = Mapping[str, list[Sequence]]

_TOKENS = re.compile(r"[\[\]|]|\{\w+\}|[^\[\]{|]+")


def parse(phrase: str) -> Sequence:
    """The syntax tree of one phrase. Raises ValueError for unbalanced brackets and braces."""
    tokens = _TOKENS.findall(phrase)
    if "".join(tokens) != phrase:
        raise ValueError(f"the phrase {phrase!r} contains a brace without a slot")
    sequence, position = _sequence(tokens, 0, depth=0)
    if position != len(tokens):
        raise ValueError(f"the phrase {phrase!r} closes a bracket that it does not open")
    return sequence


def _sequence(tokens: list[str], position: int, depth: int) -> tuple[Sequence, int]:
    parts: list[Part] = []
    while position < len(tokens):
        token = tokens[position]
        if depth and token in "|]":
            break
        if token == "]":
            break
        if token == "[":
            choice, position = _choice(tokens, position + 1, depth + 1)
            parts.append(choice)
        elif token[0] == "{":
            parts.append(Name(token[1:-1]))
            position += 1
        else:
            parts.append(token)
            position += 1
    return Sequence(parts), position


def _choice(tokens: list[str], position: int, depth: int) -> tuple[Choice, int]:
    options: list[Sequence] = []
    while True:
        option, position = _sequence(tokens, position, depth)
        options.append(option)
        if position >= len(tokens):
            raise ValueError(f"the phrase {''.join(tokens)!r} does not close a bracket")
        position += 1
        if tokens[position - 1] == "]":
            return Choice(options), position


def pick(rng: Random, options: list[Sequence]) -> Sequence:
    """One of the options, with equal probability."""
    return options[int(rng.random() * len(options))]


def say(sequence: Sequence, rng: Random, tables: Tables, slots: Mapping[str, Slot | str]) -> str:
    """A wording of ``sequence``; slots are looked up in ``slots``, then in the generated ones, then in the tables."""
    found: list[str] = []
    for part in sequence.parts:
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, Choice):
            found.append(say(pick(rng, part.options), rng, tables, slots))
        else:
            slot = slots.get(part.name) or SLOTS.get(part.name)
            if slot is None:
                found.append(say(pick(rng, tables[part.name]), rng, tables, slots))
            else:
                found.append(slot if isinstance(slot, str) else slot(rng))
    return "".join(found)


@lru_cache(maxsize=32)
def tables(*names: str) -> Tables:
    """The joined tables of ``phrases/<name>.txt``: a ``## heading`` line, then one phrase per line."""
    joined: dict[str, list[Sequence]] = {}
    for name in names:
        heading = ""
        text = resources.files("generator").joinpath("phrases", f"{name}.txt").read_text("utf-8")
        for line in text.split("\n"):
            if line.startswith("## "):
                heading = line[3:].strip()
            elif line.strip() and not line.startswith("# "):
                joined.setdefault(heading, []).append(parse(line.rstrip()))
    return joined
