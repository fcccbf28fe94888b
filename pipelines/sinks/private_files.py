"""Files about persons: readable by their owner alone."""

from collections.abc import Sequence
from pathlib import Path


def write_private(file: Path, lines: Sequence[str]) -> int:
    """Write the lines, in a folder that is made for them; returns how many."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return len(lines)
