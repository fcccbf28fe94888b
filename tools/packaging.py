"""Build dist/brandpulse.zip (`make package`): what `spark-submit --py-files` ships beside a file of jobs/.

It contains the packages that the jobs import, with their YAML, XML and models. The same files give the same bytes.
"""

import ast
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = {"stack"}
"""Packages that a job imports only to run on this machine, without spark-submit (jobs/demo.py)."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def build_zip(root: Path, target: Path) -> int:
    """Write the zip (a complete file or none); return the number of files in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    paths = [
        path for package in shipped_packages(root) for path in sorted((root / package).rglob("*")) if _belongs(path)
    ]
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix() + "/" * path.is_dir(), EPOCH)
            entry.external_attr = (0o40755 << 16 | 0x10) if path.is_dir() else 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, b"" if path.is_dir() else path.read_bytes())
    partial.replace(target)
    return sum(path.is_file() for path in paths)


def shipped_packages(root: Path) -> list[str]:
    """The top-level packages that jobs/ imports, directly or through other packages, in alphabetical order."""
    known = {path.parent.name for path in root.glob("*/__init__.py")} - LOCAL
    found, new = set[str](), {"jobs"}
    while new:
        found |= new
        new = {name for package in new for name in _imported_by(root / package)} & known - found
    return sorted(found - {"jobs"})


def _imported_by(package: Path) -> set[str]:
    """Top-level names that the package's files import."""
    nodes = [node for path in package.rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.split(".")[0] for name in names}


def _belongs(path: Path) -> bool:
    return "__pycache__" not in path.parts and not path.name.startswith(".")


if __name__ == "__main__":
    target = ROOT / "dist/brandpulse.zip"
    count = build_zip(ROOT, target)
    print(f"{target.relative_to(ROOT)}: {count} files, {target.stat().st_size / 1e6:.1f} MB", file=sys.stderr)
