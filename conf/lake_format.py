"""The format number of the lake: a file beside the tables, so that no job reads or writes a lake of another version."""

from pathlib import Path

from pyarrow import ArrowException, fs

from conf.settings import Settings
from runtime.errors import CheckFailed, ServiceUnavailable

FORMAT = 2
"""Raised by every change after which an older lake can no longer be read; the CHANGELOG says how to migrate."""
FILE = "FORMAT"


def check_lake_format(settings: Settings) -> None:
    """CheckFailed where the lake has another format number, or tables and no number. A lake without tables passes."""
    files, root = _lake(settings)
    found = _read(files, root)
    if found == str(FORMAT) or (found is None and not _has_tables(files, root)):
        return
    has = "no format number" if found is None else f"format {found}"
    raise CheckFailed(
        f"the lake in {settings.lake.path} has {has}, this version reads and writes format {FORMAT} only: "
        "collect into a new lake (lake.path, lake.checkpoints) or use the version that made this one"
    )


def write_lake_format(settings: Settings) -> None:
    """Write the number before the first table of a new lake is created; does nothing where there is one."""
    files, root = _lake(settings)
    if _read(files, root) is None:
        files.create_dir(root, recursive=True)
        with files.open_output_stream(f"{root}/{FILE}") as stream:
            stream.write(f"{FORMAT}\n".encode())


def _lake(settings: Settings) -> tuple[fs.FileSystem, str]:
    """The file system of the lake and its root there; a path without a scheme is on this machine."""
    path = settings.lake.path
    try:
        address = path.replace("s3a://", "s3://", 1) if "://" in path else str(Path(path).absolute())
        files, root = fs.FileSystem.from_uri(address)
    except (ArrowException, OSError) as error:
        raise ServiceUnavailable(f"lake.path {path} cannot be read: {error}") from None
    return files, root.rstrip("/")


def _read(files: fs.FileSystem, root: str) -> str | None:
    if files.get_file_info(f"{root}/{FILE}").type != fs.FileType.File:
        return None
    with files.open_input_stream(f"{root}/{FILE}") as stream:
        return stream.read().decode("utf-8", "replace").strip()


def _has_tables(files: fs.FileSystem, root: str) -> bool:
    """True where a folder <layer>/<table> has a Delta log."""
    layers = files.get_file_info(fs.FileSelector(root, allow_not_found=True))
    tables = [each for layer in layers for each in _folders(files, layer)]
    logs = files.get_file_info([f"{table.path}/_delta_log" for table in tables])
    return any(log.type == fs.FileType.Directory for log in logs)


def _folders(files: fs.FileSystem, place: fs.FileInfo) -> list[fs.FileInfo]:
    return files.get_file_info(fs.FileSelector(place.path)) if place.type == fs.FileType.Directory else []
