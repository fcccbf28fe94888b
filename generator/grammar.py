"""Phrases with choices in them: ``[a|b|]`` picks one, ``{slot}`` is filled from a table or made up."""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from random import Random

from generator.slots import SLOTS, Slot


class Sequence:
    """Nodes said one after the other."""

    __slots__ = ("parts",)

    def __init__(self, parts: list["Part"]) -> None:
        self.parts = parts


class Choice:
    """Sequences of which one is said."""

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
    """The tree of one phrase. Raises ValueError when a bracket is left open."""
    tokens = _TOKENS.findall(phrase)
    if "".join(tokens) != phrase:
        raise ValueError(f"the phrase {phrase!r} holds a brace that opens no slot")
    sequence, position = _sequence(tokens, 0, depth=0)
    if position != len(tokens):
        raise ValueError(f"the phrase {phrase!r} closes a bracket that it never opened")
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
            raise ValueError(f"the phrase {''.join(tokens)!r} leaves a bracket open")
        position += 1
        if tokens[position - 1] == "]":
            return Choice(options), position


def pick(rng: Random, options: list[Sequence]) -> Sequence:
    """One of the options, all alike."""
    return options[int(rng.random() * len(options))]


def say(sequence: Sequence, rng: Random, tables: Tables, slots: Mapping[str, Slot | str]) -> str:
    """One wording of ``sequence``: slots of the moment first, then made-up particulars, then the tables."""
    said: list[str] = []
    for part in sequence.parts:
        if isinstance(part, str):
            said.append(part)
        elif isinstance(part, Choice):
            said.append(say(pick(rng, part.options), rng, tables, slots))
        else:
            slot = slots.get(part.name) or SLOTS.get(part.name)
            if slot is None:
                said.append(say(pick(rng, tables[part.name]), rng, tables, slots))
            else:
                said.append(slot if isinstance(slot, str) else slot(rng))
    return "".join(said)


@lru_cache(maxsize=32)
def tables(*names: str) -> Tables:
    """The phrase tables of ``phrases/<name>.txt``, joined: a ``## heading`` line, then one phrase a line."""
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
