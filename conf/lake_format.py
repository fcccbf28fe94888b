"""The format number of the lake: a file beside the tables, so that no job reads or writes a lake of another version.

A lake on this machine is checked before a job starts. Another one is read with Hadoop's own settings, so it is checked
as soon as there is a Spark session.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from conf.settings import Settings
from runtime.errors import CheckFailed, ServiceUnavailable

FORMAT = 3
"""Raised by every change after which an older lake can no longer be read; the CHANGELOG says how to migrate."""
FILE = "FORMAT"
Result = TypeVar("Result")


class Files(Protocol):
    """What the check needs of a file system; paths are below the lake."""

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is none."""

    def folders(self, path: str) -> list[str]:
        """The names of the folders in a folder, which may be absent."""

    def write(self, path: str, text: str) -> None:
        """Write a file, whole or not at all."""


class LocalFiles:
    """The lake as a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> str | None:
        file = self._root / path
        return file.read_text("utf-8", "replace") if file.is_file() else None

    def folders(self, path: str) -> list[str]:
        folder = self._root / path
        return [each.name for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []

    def write(self, path: str, text: str) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        partial = self._root / f".{path}.{os.getpid()}"
        partial.write_text(text, "utf-8")
        partial.replace(self._root / path)


def lake_folder(settings: Settings, name: str) -> str:
    """<lake.path>/<layer>/<plural_noun>: where the table `layer.plural_noun` is."""
    return f"{settings.lake.path}/{name.replace('.', '/')}"


def local_lake(settings: Settings) -> LocalFiles | None:
    """The lake's files where `lake.path` is a folder of this machine; None for any other file system."""
    path = settings.lake.path.removeprefix("file://").removeprefix("file:")
    return None if ":" in path.split("/")[0] else LocalFiles(Path(path))


def check_lake_format(settings: Settings, files: Files) -> None:
    """CheckFailed where the lake has another format number, or tables and no number. A lake without tables passes."""
    found = _guarded(settings, lambda: files.read(FILE))
    if found is not None and found.strip() == str(FORMAT):
        return
    if not (found or "").strip() and not _guarded(settings, lambda: _has_tables(files)):
        return
    has = f"format {found.strip()}" if found and found.strip() else "no format number"
    raise CheckFailed(
        f"the lake in {settings.lake.path} has {has}, this version reads and writes format {FORMAT} only: "
        "use the version that made it, or migrate as the CHANGELOG says"
    )


def write_lake_format(settings: Settings, files: Files) -> None:
    """Write the number before the first table of a new lake is created; does nothing where there is one."""
    if not _guarded(settings, lambda: files.read(FILE)):
        _guarded(settings, lambda: files.write(FILE, f"{FORMAT}\n"))


def _has_tables(files: Files) -> bool:
    """True where a folder <layer>/<table> has a Delta log."""
    tables = (f"{layer}/{table}" for layer in files.folders("") for table in files.folders(layer))
    return any("_delta_log" in files.folders(table) for table in tables)


def _guarded(settings: Settings, ask: Callable[[], Result]) -> Result:
    try:
        return ask()
    except OSError as error:
        raise ServiceUnavailable(f"lake.path {settings.lake.path} cannot be used: {error.strerror or error}") from None
