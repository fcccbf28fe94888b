"""States that agents set in the help desk, taken over to the desk's tickets."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from serving.desk.adapters.base import Adapter, RemoteState
from serving.desk.changes import set_state
from serving.desk.events import HELP_DESK
from serving.desk.models import Delivery, IntakePosition, Ticket
from serving.desk.states import MOVES, Call, DeliveryState, State

STATES = {
    "new": State.NEW,
    "open": State.OPEN,
    "pending": State.PENDING,
    "hold": State.PENDING,
    "solved": State.SOLVED,
    "closed": State.SOLVED,
}
"""The help desk's words; the desk closes solved tickets itself, when they can no longer be reopened."""


def take_in_states(adapter: Adapter, before_first: datetime) -> int:
    """Read what changed at the help desk since the last call, or since a time; returns how many tickets changed."""
    place = f"states of {adapter.name}"
    known = IntakePosition.objects.filter(pk=place).first()
    since = datetime.fromtimestamp(known.version, UTC) if known else before_first
    asked_at = timezone.now()
    found, until = adapter.read_states(since)
    changed = apply_states(found, asked_at)
    IntakePosition.objects.update_or_create(pk=place, defaults={"version": int(until.timestamp())})
    return changed


def apply_states(states: Sequence[RemoteState], asked_at: datetime) -> int:
    """Set the states as the help desk reported them at `asked_at`; returns how many tickets changed.

    A report that is older than the last one changes nothing; ours wins where it was or is being sent since.
    """
    return sum(_apply(remote, asked_at) for remote in states)


@transaction.atomic
def _apply(remote: RemoteState, asked_at: datetime) -> bool:
    ticket = Ticket.objects.select_for_update().filter(ticket_key=remote.ticket_key).first()
    seen_at = min(remote.updated_at, timezone.now())  # a clock that is fast must not make later reports the older ones
    if ticket is None or (ticket.remote_seen_at is not None and seen_at < ticket.remote_seen_at):
        return False
    Ticket.objects.filter(pk=ticket.pk).update(remote_status=remote.status[:32], remote_seen_at=seen_at)
    state = STATES.get(remote.status)
    if state is None or state not in MOVES[State(ticket.state)] or _has_newer(ticket, asked_at):
        return False
    set_state(ticket.pk, HELP_DESK, state, is_sent=False)
    return True


def _has_newer(ticket: Ticket, asked_at: datetime) -> bool:
    updates = Delivery.objects.filter(ticket=ticket, call=Call.UPDATE.value)
    waiting = updates.filter(state__in=[DeliveryState.WAITING.value, DeliveryState.DEAD.value])
    return bool(waiting.exists() or updates.filter(delivered_at__gte=asked_at).exists())
