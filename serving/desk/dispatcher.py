"""The dispatcher: takes due deliveries from the outbox and makes the calls, at least once each, in their order.

One sends to the help desk, one more to each target of alerts, each with a circuit breaker of its own.

A claim is committed before its call, so that after a kill the next attempt knows that the call may have arrived: it
looks for it where the adapter can find, and repeats the idempotency key where it cannot.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db import transaction
from django.utils import timezone
from pybreaker import STATE_CLOSED, CircuitBreaker, CircuitBreakerError

from conf.tickets import DispatchTickets
from runtime.retry import pause_after
from serving.desk import deliveries
from serving.desk.adapters.base import DELETED_TEXT, Message, NotDelivered, Sender, TryAgain
from serving.desk.events import record
from serving.desk.models import Delivery, Ticket
from serving.desk.states import Call, EventKind

logger = logging.getLogger("brandpulse.dispatch_tickets")

M = TypeVar("M")
CALLS_PER_DELIVERY = 6
"""At most so many calls does an adapter make for one delivery; a claim outlives them all."""
ROUNDS = 2
"""Deliveries per thread that are claimed at once."""


class Dispatcher(Generic[M]):
    """Sends what is due; only one process of a home runs it (serving/desk/process.py).

    `describe`: the message of a delivery; `target`: of alerts, empty for the help desk.
    """

    def __init__(
        self,
        adapter: Sender[M],
        settings: DispatchTickets,
        worker: str,
        describe: Callable[[Delivery], M],
        target: str = "",
    ) -> None:
        self._adapter, self._settings = adapter, settings
        self._worker, self._describe, self._target = worker, describe, target
        self._lease = timedelta(seconds=settings.timeout_seconds * CALLS_PER_DELIVERY + 30)
        self._pool = ThreadPoolExecutor(settings.threads, "dispatch")
        self._breaker = CircuitBreaker(
            fail_max=settings.open_after_failures,
            reset_timeout=settings.open_seconds,
            exclude=[_is_no_outage],
            throw_new_error_on_trip=False,
        )

    def send_due(self, now: datetime | None = None) -> int:
        """Send one round of due deliveries; returns how many were due. After an outage one alone is tried first."""
        at = now or timezone.now()
        if not deliveries.has_due(self._target, at):
            return 0
        if self._breaker.current_state != STATE_CLOSED:
            claimed = self._claim(at, 1)
            for delivery in claimed:
                self._try(delivery)
            return len(claimed)
        claimed = self._claim(at, self._settings.threads * ROUNDS)
        calls = [(each, self._pool.submit(self._adapter.send, self._describe(each))) for each in claimed]
        for delivery, call in calls:
            try:
                self._settle(delivery, call.result())
                self._count(None)
            except NotDelivered as error:
                self._fail(delivery, error)
                self._count(error)
        return len(claimed)

    def _claim(self, at: datetime, count: int) -> list[Delivery]:
        with transaction.atomic():
            if not self._target and (foreign := deliveries.discard_foreign(self._adapter.name)):
                logger.warning("%d deliveries are about tickets of another help desk: they are not sent", foreign)
            return deliveries.claim(self._worker, count, at, at + self._lease, self._target)

    def _try(self, delivery: Delivery) -> None:
        try:
            sent: str = self._breaker.call(self._adapter.send, self._describe(delivery))
            self._settle(delivery, sent)
        except CircuitBreakerError:
            at = timezone.now() + timedelta(seconds=self._settings.open_seconds)
            deliveries.give_back(delivery, self._worker, at, f"{self._receiver} is unavailable")
        except NotDelivered as error:
            self._fail(delivery, error)

    def _count(self, error: NotDelivered | None) -> None:
        """Tell the breaker how a call ended: around the calls themselves it would let only one run at a time."""
        with suppress(NotDelivered, CircuitBreakerError):
            self._breaker.call(_end_as, error)

    def close(self) -> None:
        self._pool.shutdown()

    def _settle(self, delivery: Delivery, remote_id: str) -> None:
        now = timezone.now()
        with transaction.atomic():
            if not deliveries.finish(delivery, self._worker, now, remote_id) or delivery.call != Call.CREATE:
                return
            ticket = Ticket.objects.select_for_update().get(pk=delivery.ticket_id)
            ticket.remote_system, ticket.remote_id = self._adapter.name, remote_id
            ticket.save(update_fields=["remote_system", "remote_id"])
            record(ticket, EventKind.DELIVERED, to_value=self._adapter.name, at=now)

    def _fail(self, delivery: Delivery, error: NotDelivered) -> None:
        attempts = delivery.attempts - delivery.redriven_after
        if not isinstance(error, TryAgain):
            deliveries.bury(delivery, self._worker, str(error))
        elif attempts >= self._settings.max_attempts:
            deliveries.bury(delivery, self._worker, f"{attempts} attempts failed, the last one: {error}")
        else:
            pause = pause_after(attempts, self._settings.max_pause_seconds)
            pause = max(pause, error.after or 0)  # never sooner than the help desk asks
            deliveries.retry_at(delivery, self._worker, timezone.now() + timedelta(seconds=pause), str(error))
            return
        logger.warning("delivery %d of %s is dead: %s", delivery.pk, delivery.subject, error)

    @property
    def _receiver(self) -> str:
        return self._target or "the help desk"


def message_of(delivery: Delivery) -> Message:
    """The delivery as it is now: what was erased since it was queued is not sent."""
    ticket, comment = delivery.ticket, delivery.comment
    is_erased = comment is not None and comment.erased_at is not None
    return Message(
        call=Call(delivery.call),
        idempotency_key=delivery.idempotency_key,
        comment_key=_key_of_comment(delivery),
        ticket_key=ticket.ticket_key,
        remote_id=ticket.remote_id,
        may_have_arrived=delivery.attempts > 1,
        brand=ticket.brand,
        category=ticket.category,
        priority=ticket.priority,
        state=ticket.state,
        team=ticket.team,
        text=DELETED_TEXT if is_erased else comment.text if comment else "",
        tweet_id=comment.tweet_id if comment else "",
        written_at=comment.created_at if comment and not is_erased else None,
        is_last=delivery.call == Call.DELETE and ticket.is_erased,
    )


def _key_of_comment(delivery: Delivery) -> str:
    """The idempotency key of the delivery that brought the tweet: a deletion finds it by that."""
    if delivery.call != Call.DELETE or delivery.comment is None:
        return str(delivery.idempotency_key)
    brought = delivery.comment.deliveries.filter(call__in=[Call.CREATE.value, Call.COMMENT.value]).first()
    return str(brought.idempotency_key if brought else delivery.idempotency_key)


def _end_as(error: NotDelivered | None) -> None:
    if error is not None:
        raise error


def _is_no_outage(error: Exception) -> bool:
    return isinstance(error, NotDelivered) and not error.is_outage
