"""The project's own files, whether it lies in a folder or in the zip that spark-submit ships."""

import tempfile
import zipfile
from importlib.resources import files
from pathlib import Path

_HERE = Path(__file__).resolve().parent
PACKAGED = not _HERE.is_dir()
"""True when the code runs out of a zip; relative paths then start at the working directory."""
PROJECT = Path.cwd() if PACKAGED else _HERE.parent


def read_resource(name: str) -> str:
    """Return the text of a packaged file such as `conf/base.yaml`; FileNotFoundError when there is none."""
    package, _, file_name = name.rpartition("/")
    return (files(package.replace("/", ".")) / file_name).read_text("utf-8")


def project_folder(name: str) -> Path:
    """Return a folder that the project ships, as files on disk; an absolute or existing path is taken as it is.

    Out of a zip the folder is unpacked once, beside nothing of the user's, under the system's temporary folder.
    """
    given = PROJECT / name
    if given.is_dir() or not PACKAGED:
        return given
    archive = next(parent for parent in _HERE.parents if parent.is_file())
    unpacked = Path(tempfile.gettempdir()) / f"{archive.stem}-{archive.stat().st_mtime_ns:x}-{archive.stat().st_size:x}"
    if not (unpacked / name).is_dir():
        with zipfile.ZipFile(archive) as held, tempfile.TemporaryDirectory(dir=unpacked.parent) as partial:
            held.extractall(partial, [each for each in held.namelist() if each.startswith(f"{name}/")])
            (unpacked / name).parent.mkdir(parents=True, exist_ok=True)
            _move(Path(partial) / name, unpacked / name)
    return unpacked / name


def _move(source: Path, target: Path) -> None:
    """In one step; another process that was first has put the same files there."""
    try:
        source.rename(target)
    except OSError:
        if not target.is_dir():
            raise
