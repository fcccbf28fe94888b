"""The desk's own process, one per home."""

import threading

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sources.lake_feed import is_rotating
from runtime.errors import UsageError
from runtime.file_lock import hold_lock
from runtime.signals import set_when_told_to_end
from serving.desk.adapters.choice import build_adapter
from serving.wsgi import prepare_database


def run(settings: Settings, options: Options) -> None:
    """Work until SIGTERM; with `--once` until nothing new is in the table and nothing is due.

    UsageError for a brand whose routing has a rule that can never take a ticket, and while a rotation of the author key
    has not ended; TableLocked beside another process, a rotation among them.
    """
    adapter = build_adapter(settings)
    prepare_database(settings)
    from serving.alerts.targets import build_targets  # models can be imported only once Django is set up
    from serving.desk.work import DeskProcess, check_routing

    check_routing()
    targets = build_targets(settings)
    stop = threading.Event()
    with hold_lock(settings.home / "locks" / "dispatch_tickets", _is_running), set_when_told_to_end(stop):
        if is_rotating(settings):
            raise UsageError("a rotation of the author key was interrupted: run jobs.rotate_author_key again first")
        desk = DeskProcess(settings, adapter, targets)
        if options.extra.get("once"):
            desk.run_once()
        else:
            desk.run_until(stop)


def _is_running(holder: str) -> str:
    return f"process {holder} works on the desk of this home already, or rotates its author key"
