"""Threads that end together: when one ends, the others are asked to stop; errors are kept for the main thread."""

import threading
from collections.abc import Callable


class Workers:
    """Daemon threads around one `stop`; `errors` are what they raised, first come first."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self.errors: list[Exception] = []

    def start(self, work: Callable[[], None], name: str | None = None) -> threading.Thread:
        """Run `work` in a thread of its own; `stop` is set when it is over, however it ends."""

        def guarded() -> None:
            try:
                work()
            except Exception as error:  # passed on to the main thread, which raises it
                self.errors.append(error)
            finally:
                self._stop.set()

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        thread.start()
        return thread
