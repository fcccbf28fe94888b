"""Write what is generated in the documentation (`make docs`): docs/reference, and the tables of measured results.

It needs no Spark session. A test fails when a page differs from what this writes.
"""

import inspect
import re
import sys
from pathlib import Path

from benchmarks.results_table import BENCHMARKS, README, render_headlines, render_results
from runtime import errors
from runtime.resources import PROJECT
from tools.docs.jobs import render_jobs
from tools.docs.markdown import embed, escape, page, table
from tools.docs.settings import render_settings
from tools.docs.tables import render_tables

REFERENCE = PROJECT / "docs" / "reference"
EXIT_CODES = """\
Every job and `python -m stack` end with one of these codes. A user's mistake is one sentence on stderr, without a
traceback."""
OTHER_CODES = (
    ("0", "done", "Everything that was asked for is done."),
    ("1", "internal error", "A fault of the program, with a traceback: please report it."),
    ("130", "interrupted", "Ctrl-C. The collectors and `python -m stack run` end with 0 after SIGTERM or Ctrl-C."),
)


def render_exit_codes() -> str:
    """The page: the codes of runtime/errors.py, and those of Python itself."""
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.JobError)]
    known = [each for each in classes if each is not errors.JobError]
    rows = [(str(each.exit_code), _words(each.__name__), escape(inspect.getdoc(each) or "")) for each in known]
    ordered = sorted([*rows, *OTHER_CODES], key=lambda row: int(row[0]))
    return page("Exit codes", EXIT_CODES, table(("code", "name", "meaning"), ordered))


def _words(name: str) -> str:
    """`BadInput` -> `bad input`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def documents() -> dict[Path, str]:
    """{file: what it must contain} of every file with a generated part."""
    return {
        REFERENCE / "jobs.md": render_jobs(),
        REFERENCE / "settings.md": render_settings(),
        REFERENCE / "tables.md": render_tables(),
        REFERENCE / "exit_codes.md": render_exit_codes(),
        BENCHMARKS: embed(BENCHMARKS.read_text("utf-8"), render_results()),
        README: embed(README.read_text("utf-8"), render_headlines()),
    }


def main() -> int:
    """Write the files that differ, and name them."""
    for path, text in documents().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(PROJECT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
