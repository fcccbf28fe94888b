"""Build dist/brandpulse.zip (`make package`): what `spark-submit --py-files` ships beside a file of jobs/.

The packages that jobs import, with their YAML, XML and models. The same files give the same bytes.
"""

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("conf", "models", "pipelines", "runtime")
EPOCH = (1980, 1, 1, 0, 0, 0)


def build_zip(root: Path, target: Path) -> int:
    """Write the zip (a whole file or none); return the number of files in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*")) if _belongs(path)]
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix() + "/" * path.is_dir(), EPOCH)
            entry.external_attr = (0o40755 << 16 | 0x10) if path.is_dir() else 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, b"" if path.is_dir() else path.read_bytes())
    partial.replace(target)
    return sum(path.is_file() for path in paths)


def _belongs(path: Path) -> bool:
    return "__pycache__" not in path.parts and not path.name.startswith(".")


if __name__ == "__main__":
    target = ROOT / "dist/brandpulse.zip"
    count = build_zip(ROOT, target)
    print(f"{target.relative_to(ROOT)}: {count} files, {target.stat().st_size / 1e6:.1f} MB", file=sys.stderr)
