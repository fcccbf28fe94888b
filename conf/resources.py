"""The project's own files, whether it lies in a folder or in the zip that spark-submit ships."""

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
