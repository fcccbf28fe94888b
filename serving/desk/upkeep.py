"""What time does to tickets: breaches, escalations, closing what was solved long ago."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from serving.desk.deliveries import send_update
from serving.desk.events import breach, record
from serving.desk.models import Ticket
from serving.desk.routing import Routing, read_routing
from serving.desk.states import ACTIVE, EventKind, State

CHUNK = 200


def mark_breaches(now: datetime) -> int:
    """Mark tickets whose first response is overdue, and escalate them."""
    overdue = Q(answered_at=None, due_at__lt=now, state__in=[state.value for state in ACTIVE])
    with transaction.atomic():
        found = Ticket.objects.select_for_update().filter(overdue, is_breached=False).order_by("due_at")
        tickets = list(found[:CHUNK])
        routings = {brand: read_routing(brand) for brand in {ticket.brand for ticket in tickets}}
        for ticket in tickets:
            breach(ticket)
            _escalate(ticket, routings[ticket.brand], now)
    return len(tickets)


def close_solved(now: datetime) -> int:
    """Close tickets that can no longer be reopened."""
    closed = 0
    brands = Ticket.objects.filter(state=State.SOLVED.value).values_list("brand", flat=True).distinct().order_by()
    for brand in list(brands):
        before = now - timedelta(days=read_routing(brand).desk.reopen_days)
        with transaction.atomic():
            found = Ticket.objects.select_for_update().filter(brand=brand, state=State.SOLVED.value)
            for ticket in found.filter(solved_at__lt=before)[:CHUNK]:
                ticket.state, ticket.closed_at = State.CLOSED.value, now
                record(ticket, EventKind.CLOSED, from_value=State.SOLVED, to_value=State.CLOSED, at=now)
                _save(ticket, now)
                closed += 1
    return closed


def _escalate(ticket: Ticket, routing: Routing, now: datetime) -> None:
    team = routing.desk.teams.get(ticket.team)
    if team is not None and team.escalates_to:
        before, ticket.team, ticket.escalated_at = ticket.team, team.escalates_to, now
        record(ticket, EventKind.ESCALATED, from_value=before, to_value=ticket.team, at=now)
        send_update(ticket)
    _save(ticket, now)


def _save(ticket: Ticket, now: datetime) -> None:
    ticket.revision, ticket.updated_at = ticket.revision + 1, now
    ticket.save()
