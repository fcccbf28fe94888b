"""What the desk's process does: takes candidates in, watches the clocks, carries out erasures, sends the deliveries."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connections
from django.utils import timezone

from conf.brand.files import read_brands
from conf.brand.routing_faults import find_faults
from conf.settings import Settings
from runtime.errors import UsageError
from runtime.threads import Workers
from serving.desk import erasures, upkeep
from serving.desk.adapters.base import Adapter, NotDelivered
from serving.desk.deliveries import release_claims
from serving.desk.dispatcher import Dispatcher
from serving.desk.intake import read_position, take_in_candidates
from serving.desk.statuses import take_in_states

logger = logging.getLogger("brandpulse.dispatch_tickets")

WORKER = "dispatch_tickets"


def check_routing() -> None:
    """UsageError that lists the rules of the brands' files that can never take a ticket."""
    found = [
        f"conf/brands/{slug}.yaml: desk: {fault}"
        for slug, brand in read_brands().items()
        for fault in find_faults(brand, brand.desk)
    ]
    if found:
        raise UsageError("; ".join(found))


class DeskProcess:
    def __init__(self, settings: Settings, adapter: Adapter | None) -> None:
        self._settings, self._adapter = settings, adapter
        self._dispatcher = Dispatcher(adapter, settings.dispatch_tickets, WORKER) if adapter else None
        freed = release_claims(WORKER)
        if freed:
            logger.warning("%d deliveries had been claimed by a process that was killed: they may have arrived", freed)

    def run_once(self) -> None:
        before: int | None = -1
        while before != read_position():
            before = read_position()
            self._watch()
        if self._dispatcher:
            while self._dispatcher.send_due():
                pass
            self._dispatcher.close()
            erasures.settle_remote(timezone.now())

    def run_until(self, stop: threading.Event) -> None:
        """Both loops side by side: a slow help desk does not keep tickets off the desk."""
        workers, asked = Workers(stop), self._settings
        workers.start(self._loop(stop, asked.take_in_tickets.poll_seconds, self._watch), "take_in")
        if self._dispatcher:
            workers.start(self._loop(stop, asked.dispatch_tickets.poll_seconds, self._send), "dispatch")
            if self._adapter and self._adapter.can_report:
                workers.start(self._loop(stop, asked.dispatch_tickets.status_seconds, self._read_states), "states")
        logger.info("the desk works; help desk: %s", self._adapter.name if self._adapter else "none")
        stop.wait()
        if workers.errors:
            raise workers.errors[0]

    def take_in(self, now: datetime) -> int:
        """Take in a batch of candidates; returns their number."""
        return sum(take_in_candidates(self._settings, now).values())

    def _watch(self) -> bool:
        now = datetime.now(UTC)
        busy = self.take_in(now) + upkeep.mark_breaches(now) + upkeep.close_solved(now)
        busy += erasures.erase(now, self._adapter is not None and self._adapter.can_delete)
        erasures.settle_remote(now)
        return bool(busy)

    def _send(self) -> bool:
        return bool(self._dispatcher and self._dispatcher.send_due())

    def _read_states(self) -> bool:
        if self._adapter:
            try:
                take_in_states(self._adapter, datetime.now(UTC) - timedelta(minutes=1))
            except NotDelivered as error:
                logger.warning("the help desk's states were not read: %s", error)
        return False

    def _loop(self, stop: threading.Event, seconds: float, work: Callable[[], bool]) -> Callable[[], None]:
        """Call `work` until `stop`, at once after a call that found something to do, else after `seconds`."""

        def loop() -> None:
            try:
                while not stop.is_set():
                    if not work():
                        stop.wait(seconds)
            finally:
                connections.close_all()

        return loop
