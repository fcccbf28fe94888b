"""A process that runs several jobs one after another: they share one JVM, which starts once and stays warm.

Each job runs as its file does, with its own flags, log and exit code.
"""

import os
import threading
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from multiprocessing import parent_process
from pathlib import Path

from conf.command_line import run_job
from conf.session import build_session
from conf.settings import load_settings


def prepare(environment: Mapping[str, str]) -> None:
    """Set the environment of the jobs; end this process when its parent has ended, also when that was killed."""
    os.environ.update(environment)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def run_here(name: str, arguments: tuple[str, ...], log: Path) -> tuple[int, str]:
    """Run the job `name`; return its exit code and what it printed. Its log lines are appended to `log`."""
    _log_to(log)
    with redirect_stdout(StringIO()) as printed:
        try:
            job = import_module(f"jobs.{name}")
            code = run_job(job.main, ["--env", "demo", *arguments], flags=getattr(job, "FLAGS", ()))
        except SystemExit as ended:  # argparse, of a wrong flag
            code = int(ended.code or 0)
        except Exception:
            traceback.print_exc()
            code = 1
    return code, printed.getvalue()


def start_session(log: Path) -> None:
    """Start the JVM; what it writes goes to `log`, also during later jobs."""
    _log_to(log)
    build_session(load_settings("demo"), "demo")


def _log_to(log: Path) -> None:
    """Redirect this process's output to `log`, and that of the processes that it starts."""
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)
