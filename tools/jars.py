"""The locked jars: conf/jars.sha256 lists what the cache must contain; pyspark's Ivy downloads what is missing.

Layout: `.cache/jars/<classpath>/<artifact>-<revision>.jar`. Standard library only: this runs before any package is
installed.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from runtime.errors import CheckFailed, MissingPrerequisite
from tools.steps import run_step

STAMP = ".verified"


@dataclass(frozen=True)
class Jar:
    """A locked file: `path` is `<classpath>/<file name>`, `size` in bytes, `sha256` in hex."""

    path: str
    size: int
    sha256: str


def read_lock(lock: Path) -> list[Jar]:
    """Return the jars of a `jars.sha256` file, which has sha256, size and path per line."""
    rows = (line.split() for line in lock.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return [Jar(path, int(size), digest) for digest, size, path in rows]


def are_verified(root: Path) -> bool:
    """True if every locked jar was verified and neither jars nor locks have changed since. Reads no jar."""
    stamp = root / ".cache/jars" / STAMP
    return stamp.exists() and stamp.read_text("utf-8") == _fingerprint(root)


def install(root: Path, java: Path, ivy_settings: Path, lock: int) -> None:
    """Make `.cache/jars` match the lock, downloading only missing and damaged files.

    Raises CheckFailed naming each file with a wrong sum, which is deleted; or the error that stopped Ivy.
    """
    folder, jars = root / ".cache/jars", read_lock(root / "conf/jars.sha256")
    wanted = {jar.path for jar in jars}
    for path in [*folder.glob("*/*.jar")]:
        if str(path.relative_to(folder)) not in wanted:
            path.unlink()  # jobs use every jar of a folder
    missing = [jar for jar in jars if not is_intact(folder / jar.path, jar)]
    if missing:
        _fetch(root, missing, [java, "-jar", find_ivy(root), "-settings", ivy_settings], lock)
    (folder / STAMP).write_text(_fingerprint(root), "utf-8")


def find_ivy(root: Path) -> Path:
    """Return the Ivy that ships in the installed pyspark."""
    found = sorted((root / ".venv").glob("lib/python*/site-packages/pyspark/jars/ivy-*.jar"))
    if not found:
        raise MissingPrerequisite("pyspark in .venv is incomplete: delete .venv and run `make setup` again")
    return found[-1]


def is_intact(path: Path, jar: Jar) -> bool:
    """True if the file has the locked size and sha256."""
    if not path.is_file() or path.stat().st_size != jar.size:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == jar.sha256


def _fetch(root: Path, missing: list[Jar], ivy: list[str | Path], lock: int) -> None:
    cache, incoming, flat = root / ".cache/ivy", root / ".cache/incoming", root / ".cache/missing.xml"
    shutil.rmtree(incoming, ignore_errors=True)
    confs = _write_flat(root / "conf/jars.xml", {jar.path for jar in missing}, flat)
    pattern = f"{incoming}/[conf]/[artifact]-[revision].[ext]"
    command = [*ivy, "-ivy", flat, "-confs", *confs, "-cache", cache, "-retrieve", pattern]
    size = sum(jar.size for jar in missing) / 1e6

    def progress(output: str) -> str:
        return f"{output.count('[SUCCESSFUL ]')} of {len(missing)} files, {size:.0f} MB in all"

    run_step("jars", [str(part) for part in command], root / ".cache/jars.log", progress, lock)
    broken = [jar for jar in missing if not _take(incoming / jar.path, root / ".cache/jars" / jar.path, jar)]
    for leftover in (incoming, cache):
        shutil.rmtree(leftover, ignore_errors=True)
    flat.unlink()
    if broken:
        names = ", ".join(jar.path for jar in broken)
        raise CheckFailed(f"jars: {names} had a wrong sha256 after the download and was deleted: run it again")


def _take(source: Path, target: Path, jar: Jar) -> bool:
    """Move a downloaded file into the cache if it is the locked one."""
    if not is_intact(source, jar):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    return True


def _write_flat(source: Path, paths: set[str], target: Path) -> list[str]:
    """Copy the flat Ivy file with only the dependencies of `paths`; return their configurations."""
    tree = ElementTree.parse(source)
    dependencies = tree.getroot().find("dependencies")
    if dependencies is None:
        raise CheckFailed(f"{source} lists no jars: run `make lock`")
    confs = set()
    for item in list(dependencies):
        conf = item.attrib["conf"]
        if f"{conf}/{item.attrib['name']}-{item.attrib['rev']}.jar" in paths:
            confs.add(conf)
        else:
            dependencies.remove(item)
    tree.write(target, encoding="utf-8")
    return sorted(confs)


def _fingerprint(root: Path) -> str:
    lock, folder = root / "conf/jars.sha256", root / ".cache/jars"
    lines = [hashlib.sha256(lock.read_bytes()).hexdigest()]
    for jar in read_lock(lock):
        path = folder / jar.path
        state = path.stat() if path.is_file() else None
        lines.append(f"{jar.path} {state.st_size} {state.st_mtime_ns}" if state else f"{jar.path} missing")
    return "\n".join(lines)
