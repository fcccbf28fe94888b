"""What the desk's process does: takes candidates in, watches the clocks, carries out erasures, sends what is due.

It sends the messages of alerts to their targets, too.
"""

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import OperationalError, connections
from django.utils import timezone

from conf.brand.files import read_brands
from conf.brand.routing_faults import find_faults
from conf.settings import Settings
from runtime.errors import ServiceUnavailable, UsageError
from runtime.threads import Workers
from serving.alerts.intake import AlertIntake, read_targets
from serving.alerts.notices import Notice, notice_of
from serving.desk import erasures, upkeep
from serving.desk.adapters.base import Adapter, NotDelivered, Sender
from serving.desk.deliveries import release_claims
from serving.desk.dispatcher import Dispatcher, message_of
from serving.desk.intake import read_position, take_in_candidates
from serving.desk.statuses import take_in_states

logger = logging.getLogger("brandpulse.dispatch_tickets")

WORKER = f"dispatch_tickets@{socket.gethostname()}"[:64]
"""The same after a restart, so that the claims of a killed process are freed at once."""


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
    """`targets`: those of alerts, by name."""

    def __init__(
        self, settings: Settings, adapter: Adapter | None, targets: Mapping[str, Sender[Notice]] | None = None
    ) -> None:
        self._settings, self._adapter = settings, adapter
        asked, page_url = settings.dispatch_tickets, settings.deliver_alerts.page_url
        self._dispatcher = Dispatcher(adapter, asked, WORKER, message_of) if adapter else None
        describe = partial(notice_of, page_url=page_url)
        self._to_targets = [
            Dispatcher(target, asked, WORKER, describe, name) for name, target in (targets or {}).items()
        ]
        self._alerts = AlertIntake(settings, read_targets()) if targets else None
        freed = release_claims(WORKER)
        if freed:
            logger.warning("%d deliveries had been claimed by a process that was killed: they may have arrived", freed)

    def run_once(self) -> None:
        while self._watch():
            pass
        self._take_in_alerts()
        for dispatcher in self._dispatchers:
            while dispatcher.send_due():
                pass
            dispatcher.close()
        erasures.settle_remote(timezone.now())

    def run_until(self, stop: threading.Event) -> None:
        """Both loops side by side: a slow help desk does not keep tickets off the desk.

        ServiceUnavailable when the desk's database does not answer: the next start goes on with what was under way.
        """
        workers, asked = Workers(stop), self._settings
        workers.start(self._loop(stop, asked.take_in_tickets.poll_seconds, self._watch), "take_in")
        for dispatcher in self._dispatchers:
            workers.start(self._loop(stop, asked.dispatch_tickets.poll_seconds, dispatcher.send_due), "dispatch")
        if self._adapter and self._adapter.can_report:
            workers.start(self._loop(stop, asked.dispatch_tickets.status_seconds, self._read_states), "states")
        if self._alerts:
            workers.start(self._loop(stop, asked.deliver_alerts.poll_seconds, self._take_in_alerts), "alerts")
        logger.info("the desk works; help desk: %s", self._adapter.name if self._adapter else "none")
        stop.wait()
        for error in workers.errors:
            if isinstance(error, OperationalError):
                raise ServiceUnavailable(f"the desk's database did not answer ({error}): start again") from None
            raise error

    def take_in(self, now: datetime) -> int:
        """Take in a batch of candidates; returns their number."""
        return sum(take_in_candidates(self._settings, now).values())

    def _watch(self) -> bool:
        now = datetime.now(UTC)
        before = read_position()
        busy = self.take_in(now) + upkeep.mark_breaches(now) + upkeep.close_solved(now)
        busy += erasures.erase(now, self._adapter is not None and self._adapter.can_delete)
        erasures.settle_remote(now)
        return bool(busy) or before != read_position()

    @property
    def _dispatchers(self) -> list[Dispatcher[Any]]:
        return [*filter(None, [self._dispatcher]), *self._to_targets]

    def _take_in_alerts(self) -> bool:
        if self._alerts and (found := self._alerts.take_in(datetime.now(UTC))):
            logger.info("%d notices of alerts are queued", found)
        return False

    def _read_states(self) -> bool:
        if self._adapter:
            try:
                take_in_states(self._adapter, datetime.now(UTC) - timedelta(minutes=1))
            except NotDelivered as error:
                logger.warning("the help desk's states were not read: %s", error)
        return False

    def _loop(self, stop: threading.Event, seconds: float, work: Callable[[], object]) -> Callable[[], None]:
        """Call `work` until `stop`, at once after a call that found something to do, else after `seconds`."""

        def loop() -> None:
            try:
                while not stop.is_set():
                    if not work():
                        stop.wait(seconds)
            finally:
                connections.close_all()

        return loop
