"""What happened to a ticket, written in the transaction that makes it happen."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from serving.desk.models import Event, Ticket
from serving.desk.states import EventKind


@dataclass(frozen=True)
class Actor:
    """Who changes a ticket; `user` is None for the system."""

    user: Any = None
    role: str = "system"


SYSTEM = Actor()
HELP_DESK = Actor(role="help_desk")
"""A change that somebody made in the help desk that the ticket was delivered to."""


def record(
    ticket: Ticket,
    kind: EventKind,
    actor: Actor = SYSTEM,
    from_value: object = "",
    to_value: object = "",
    at: datetime | None = None,
) -> Event:
    """Add an event with the ticket's team, priority and category as they are now. The values contain no free text."""
    event: Event = Event.objects.create(
        ticket=ticket,
        event_key=secrets.token_hex(32),
        brand=ticket.brand,
        kind=kind.value,
        from_value=str(from_value),
        to_value=str(to_value),
        actor=actor.user,
        actor_role=actor.role,
        team=ticket.team,
        priority=ticket.priority,
        category=ticket.category,
        occurred_at=at or timezone.now(),
    )
    return event


def breach(ticket: Ticket) -> None:
    """The first response was due and did not come; the caller saves the ticket."""
    ticket.is_breached, ticket.breached_at = True, ticket.due_at
    record(ticket, EventKind.BREACHED, to_value=ticket.priority, at=ticket.due_at)


def hashed(*parts: object) -> str:
    """64 hexadecimal digits that are the same for the same parts, of which one must be a key."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
