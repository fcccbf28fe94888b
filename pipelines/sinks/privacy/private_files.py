"""Files about people: readable by their owner only, and written completely or not at all."""

from collections.abc import Sequence
from pathlib import Path


def write_private(file: Path, lines: Sequence[str]) -> int:
    """Write the lines, replacing the file, and create its folder; returns their number."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = _part(file)
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    part.replace(file)
    return len(lines)


def delete_private(path: Path) -> bool:
    """Delete a file of `write_private`, or a folder of them; False if the folder stays because of other files."""
    if not path.is_dir():
        for each in (_part(path), path):
            each.unlink(missing_ok=True)
        return True
    for file in (*path.glob("*.jsonl"), *path.glob(".*.jsonl.part")):
        file.unlink()
    if any(path.iterdir()):
        return False
    path.rmdir()
    return True


def _part(file: Path) -> Path:
    """The temporary name until the file is complete."""
    return file.with_name(f".{file.name}.part")
