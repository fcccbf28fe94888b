"""The outbox: the calls to the help desk and to targets of alerts that are still to be made, each written with the
change that it reports."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from serving.alerts.models import AlertNotice
from serving.desk.events import hashed
from serving.desk.models import Comment, Delivery, Ticket
from serving.desk.states import Call, DeliveryState

UNFINISHED = (DeliveryState.WAITING.value, DeliveryState.DEAD.value)
MAX_REASON = 200


def is_sending() -> bool:
    """Whether a help desk is configured; else the desk itself is enough and nothing is queued."""
    return bool(settings.BRANDPULSE.dispatch_tickets.adapter != "none")


def send_ticket(ticket: Ticket, original: Comment) -> None:
    """Queue the creation of the ticket, with the tweet that opened it."""
    if is_sending():
        _queue(ticket, Call.CREATE, original, hashed(ticket.ticket_key, Call.CREATE))


def send_comment(ticket: Ticket, comment: Comment) -> None:
    """Queue a later tweet of the conversation."""
    if is_sending() and _is_at_help_desk(ticket):
        _queue(ticket, Call.COMMENT, comment, hashed(ticket.ticket_key, Call.COMMENT, comment.tweet_key))


def send_update(ticket: Ticket) -> None:
    """Queue state, priority, category and team as they are when it is sent; one that is not sent yet is enough."""
    if not is_sending() or not _is_at_help_desk(ticket):
        return
    waiting = ticket.deliveries.filter(call=Call.UPDATE.value, state=DeliveryState.WAITING.value, attempts=0)
    if not waiting.exists():
        _queue(ticket, Call.UPDATE, None, hashed(ticket.ticket_key, Call.UPDATE, ticket.revision, timezone.now()))


def send_deletion(ticket: Ticket, comment: Comment) -> bool:
    """Queue the deletion of an erased tweet's text at the help desk; False if it never got the tweet.

    A comment that was not sent yet never is. A ticket that was not created yet still is, without the text, unless
    nothing of the conversation is left.
    """
    sent = ticket.deliveries.filter(comment=comment).exclude(call=Call.DELETE.value)
    may_have_arrived = sent.filter(attempts__gt=0).exists()
    sent.filter(call=Call.COMMENT.value, state__in=UNFINISHED).update(state=DeliveryState.DISCARDED.value)
    if not may_have_arrived:
        if ticket.is_erased:
            ticket.deliveries.filter(state__in=UNFINISHED, attempts=0).update(state=DeliveryState.DISCARDED.value)
        return False
    _queue(ticket, Call.DELETE, comment, hashed(ticket.ticket_key, Call.DELETE, comment.tweet_key))
    return True


def send_notice(notice: AlertNotice, target: str, call: Call) -> None:
    """Queue an alert's notice for a target; once, however often it is asked for."""
    key = hashed("alert", notice.alert_id, target, call)
    values = {"notice": notice, "target": target, "call": call.value}
    Delivery.objects.get_or_create(idempotency_key=key, defaults=values)


def has_due(target: str, now: datetime) -> bool:
    """Whether something may be due to the target: a look that keeps nobody from writing."""
    waiting = Delivery.objects.filter(target=target, state=DeliveryState.WAITING.value, next_attempt_at__lte=now)
    return bool(waiting.exists())


def claim(worker: str, count: int, now: datetime, until: datetime, target: str = "") -> list[Delivery]:
    """Up to `count` due deliveries, the oldest first, that nobody else may send until `until`. In a transaction.

    Those to one target of alerts, or to the help desk. One per ticket or alert: the first that is not finished. The
    attempt counts from now on, so that a killed worker's is known. Dead ones hold up all but deletions.
    """
    subject = (
        Q(notice__alert_id=OuterRef("notice__alert_id"), target=target) if target else Q(ticket=OuterRef("ticket"))
    )
    earlier = Delivery.objects.filter(subject, id__lt=OuterRef("id"))
    in_the_way = earlier.filter(Q(state=DeliveryState.WAITING.value) | Q(claimed_until__gt=now))
    dead = earlier.filter(state=DeliveryState.DEAD.value)
    is_free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = Delivery.objects.filter(is_free, target=target, state=DeliveryState.WAITING.value, next_attempt_at__lte=now)
    first = due.filter(~Exists(in_the_way), Q(call=Call.DELETE.value) | ~Exists(dead)).order_by("next_attempt_at", "id")
    claimed: list[Delivery] = list(first.select_for_update(skip_locked=True, of=("self",))[:count])
    ids = [each.pk for each in claimed]
    Delivery.objects.filter(pk__in=ids).update(claimed_by=worker, claimed_until=until, attempts=F("attempts") + 1)
    return list(Delivery.objects.select_related("ticket", "comment", "notice").filter(pk__in=ids).order_by("id"))


def discard_foreign(system: str) -> int:
    """Never send what is about tickets of another help desk than `system`; returns how many."""
    waiting = Delivery.objects.filter(target="", state=DeliveryState.WAITING.value)
    foreign = waiting.exclude(ticket__remote_system__in=["", system])
    return int(foreign.update(state=DeliveryState.DISCARDED.value, dead_reason="the ticket is in another help desk"))


def release_claims(worker: str) -> int:
    """Free what an earlier process of the same name had claimed when it was killed; returns how many."""
    mine = Delivery.objects.filter(state=DeliveryState.WAITING.value, claimed_by=worker)
    return int(mine.exclude(claimed_until=None).update(claimed_until=None))


def finish(delivery: Delivery, worker: str, now: datetime, remote_id: str) -> bool:
    """Mark a delivery as made; False if another worker has claimed it meanwhile."""
    return _settle(
        delivery, worker, state=DeliveryState.DELIVERED.value, delivered_at=now, remote_id=remote_id, last_error=""
    )


def retry_at(delivery: Delivery, worker: str, at: datetime, error: str) -> bool:
    return _settle(delivery, worker, next_attempt_at=at, last_error=error[:MAX_REASON])


def give_back(delivery: Delivery, worker: str, at: datetime, error: str) -> bool:
    """Not sent at all: the attempt does not count."""
    return _settle(
        delivery, worker, next_attempt_at=at, last_error=error[:MAX_REASON], attempts=max(delivery.attempts - 1, 0)
    )


def bury(delivery: Delivery, worker: str, reason: str) -> bool:
    """Give up until somebody re-drives it."""
    return _settle(delivery, worker, state=DeliveryState.DEAD.value, dead_reason=reason[:MAX_REASON])


def redrive(brand: str | None = None, ids: list[int] | None = None) -> int:
    """Send dead deliveries again, from now on; returns how many. Their attempts count on: they may have arrived."""
    dead = Delivery.objects.filter(state=DeliveryState.DEAD.value)
    dead = dead.filter(of_brand(brand)) if brand else dead
    dead = dead.filter(pk__in=ids) if ids else dead
    return int(
        dead.update(
            state=DeliveryState.WAITING.value,
            dead_reason="",
            next_attempt_at=timezone.now(),
            redriven_after=F("attempts"),
        )
    )


def of_brand(brand: str) -> Q:
    return Q(ticket__brand=brand) | Q(notice__brand=brand)


def discard(ids: list[int]) -> int:
    """Never send these dead deliveries, so that the later ones about the same are; returns how many."""
    dead = Delivery.objects.filter(state=DeliveryState.DEAD.value, pk__in=ids)
    return int(dead.update(state=DeliveryState.DISCARDED.value))


def _settle(delivery: Delivery, worker: str, **values: object) -> bool:
    mine = Delivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.WAITING.value, claimed_by=worker, attempts=delivery.attempts
    )
    return bool(mine.update(claimed_until=None, **values))


def _is_at_help_desk(ticket: Ticket) -> bool:
    """Whether the help desk has or gets the ticket: not one opened while none was configured, nor an erased one."""
    created = ticket.deliveries.filter(call=Call.CREATE.value).exclude(state=DeliveryState.DISCARDED.value)
    return bool(created.exists()) and not ticket.is_erased


def _queue(ticket: Ticket, call: Call, comment: Comment | None, key: str) -> None:
    Delivery.objects.get_or_create(
        idempotency_key=key, defaults={"ticket": ticket, "comment": comment, "call": call.value}
    )
