"""Deterministic generated brand worlds: X v2 payloads, and the truth to score against."""

from generator.bench import texts
from generator.stream import Line, generate
from generator.truth import Tally, write_world
from generator.world import World, load_world

__all__ = ["Line", "Tally", "World", "generate", "load_world", "texts", "write_world"]
