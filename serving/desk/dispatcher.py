"""The dispatcher: takes due deliveries from the outbox and makes the calls, at least once each, in the ticket's order.

A claim is committed before its call, so that after a kill the next attempt knows that the call may have arrived: it
looks for it where the adapter can find, and repeats the idempotency key where it cannot.
"""

import logging
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from pybreaker import CircuitBreaker, CircuitBreakerError

from conf.tickets import DispatchTickets
from runtime.retry import pause_after
from serving.desk import deliveries
from serving.desk.adapters.base import DELETED_TEXT, Adapter, Message, NotDelivered, TryAgain
from serving.desk.events import record
from serving.desk.models import Delivery, Ticket
from serving.desk.states import Call, EventKind

logger = logging.getLogger("brandpulse.dispatch_tickets")

CALLS_PER_DELIVERY = 6
"""At most so many calls does an adapter make for one delivery; a claim outlives them all."""


class Dispatcher:
    """Sends what is due; only one process of a home runs it (serving/desk/process.py)."""

    def __init__(self, adapter: Adapter, settings: DispatchTickets, worker: str = "") -> None:
        self._adapter, self._settings = adapter, settings
        self._worker = worker or f"{socket.gethostname()}:{os.getpid()}"
        self._lease = timedelta(seconds=settings.timeout_seconds * CALLS_PER_DELIVERY + 30)
        self._pool = ThreadPoolExecutor(settings.threads, "dispatch")
        self._breaker = CircuitBreaker(
            fail_max=settings.open_after_failures,
            reset_timeout=settings.open_seconds,
            exclude=[_is_no_outage],
            throw_new_error_on_trip=False,
        )

    def send_due(self, now: datetime | None = None) -> int:
        """Send one round of due deliveries, as many as there are threads; returns how many were due."""
        claimed_at = now or timezone.now()
        with transaction.atomic():
            until = claimed_at + self._lease
            claimed = deliveries.claim(self._worker, self._settings.threads * 4, claimed_at, until)
        calls = [(each, self._pool.submit(self._call, message_of(each))) for each in claimed]
        for delivery, call in calls:
            try:
                self._settle(delivery, call.result())
            except CircuitBreakerError:
                at = timezone.now() + timedelta(seconds=self._settings.open_seconds)
                deliveries.give_back(delivery, self._worker, at, "the help desk is unavailable")
            except NotDelivered as error:
                self._fail(delivery, error)
        return len(claimed)

    def close(self) -> None:
        self._pool.shutdown()

    def _call(self, message: Message) -> str:
        sent: str = self._breaker.call(self._adapter.send, message)
        return sent

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
        logger.warning("delivery %d of ticket %d is dead: %s", delivery.pk, delivery.ticket_id, error)


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
        is_last=delivery.call == Call.DELETE and not ticket.comments.filter(erased_at=None).exists(),
    )


def _key_of_comment(delivery: Delivery) -> str:
    """The idempotency key of the delivery that brought the tweet: a deletion finds it by that."""
    if delivery.call != Call.DELETE or delivery.comment is None:
        return str(delivery.idempotency_key)
    brought = delivery.comment.deliveries.filter(call__in=[Call.CREATE.value, Call.COMMENT.value]).first()
    return str(brought.idempotency_key if brought else delivery.idempotency_key)


def _is_no_outage(error: Exception) -> bool:
    return isinstance(error, NotDelivered) and not error.is_outage
