"""gold.ticket_candidates -> tickets and their tweets: exactly one desk_comment per candidate, whatever is repeated.

A complaint opens a ticket, or joins the conversation's; a later tweet joins it, and reopens it within `reopen_days` of
its solution; the brand's own answer stops the clock; an earlier tweet that a complaint answers is shown with it. What
belongs to no ticket yet waits for one.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from conf.settings import Settings
from pipelines.sources.lake_feed import Position, read_feed
from serving.desk.clocks import due_at
from serving.desk.comments import COLUMNS, store_comment
from serving.desk.deliveries import send_comment, send_ticket, send_update
from serving.desk.erasures import request
from serving.desk.events import SYSTEM, breach, hashed, record
from serving.desk.incidents import link
from serving.desk.models import Comment, IntakePosition, Ticket
from serving.desk.routing import Routing, decide, facts_of, read_routing
from serving.desk.states import EventKind, State, TweetRole

logger = logging.getLogger("brandpulse.desk")

TABLE = "gold.ticket_candidates"
CHUNK = 100
"""Candidates of one transaction: other writers of SQLite wait for it."""
_ORDER = {TweetRole.COMPLAINT: 0, TweetRole.COMMENT: 1, TweetRole.ORIGINAL: 2, TweetRole.BRAND_REPLY: 3}

Row = Mapping[str, Any]


def take_in_candidates(settings: Settings, now: datetime) -> Counter[str]:
    """Take in a piece of what was committed since the last call; returns how many candidates had which fate.

    A row that was deleted from the table was erased, or is too old: its tweet leaves the desk, too. Where the whole
    table is read, as at the first start, tweets that are too old to open a ticket are left out.
    """
    oldest = now - timedelta(days=settings.find_complaints.max_age_days)
    before = read_position()
    changes = read_feed(settings, TABLE, COLUMNS, before, oldest)
    if changes is None or changes.position == before:
        return Counter()
    newest = {(row["brand"], row["tweet_id"]): row for row in changes.rows}
    deleted = [row["tweet_key"] for row in newest.values() if row["_change_type"] == "delete"]
    request(deleted, now)
    intake = Intake(now)
    intake.take_in([row for row in newest.values() if row["_change_type"] != "delete"])
    save_position(before, changes.position, now)
    if newest:
        counts = ", ".join(f"{count} {fate}" for fate, count in sorted(intake.fates.items()))
        logger.info(
            "version %d of %s: %d deleted, %s", changes.position.version, TABLE, len(deleted), counts or "nothing new"
        )
    return intake.fates


class Intake:
    """Takes candidates in; reads each brand's routing once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._routings: dict[str, Routing] = {}
        self.fates: Counter[str] = Counter()

    def take_in(self, rows: Sequence[Row]) -> None:
        """Take the rows of a piece in, some in each transaction."""
        ordered = sorted(rows, key=lambda row: (_ORDER[TweetRole(row["role"])], row["created_at"]))
        for first in range(0, len(ordered), CHUNK):
            with transaction.atomic():
                lock_position()
                for row in ordered[first : first + CHUNK]:
                    self.fates[self._take_in(row)] += 1

    def _take_in(self, row: Row) -> str:
        comment, is_new = store_comment(row, self._now)
        if comment.erased_at is not None:
            return "erased"
        if comment.ticket is not None:
            self._link(comment.ticket, row)
            return "known"
        ticket = self._ticket_of(comment)
        if ticket is None and comment.role == TweetRole.COMPLAINT:
            opened = self._open(comment, row.get("problem_key"))
            self._link(opened, row)
            return "opened"
        if ticket is None:
            return "waiting" if is_new else "known"
        self._join(ticket, comment)
        self._link(ticket, row)
        return str(comment.role)

    def _link(self, ticket: Ticket, row: Row) -> None:
        if row.get("problem_key"):
            link(ticket, row["problem_key"], self.routing(ticket.brand))

    def routing(self, brand: str) -> Routing:
        if brand not in self._routings:
            self._routings[brand] = read_routing(brand)
        return self._routings[brand]

    def _ticket_of(self, comment: Comment) -> Ticket | None:
        """The conversation's last ticket; None if it has none, if it is erased, or if a complaint opens a follow-up."""
        tickets = Ticket.objects.select_for_update().filter(conversation_key=comment.conversation_key)
        ticket: Ticket | None = tickets.order_by("-follow_up").first()
        if ticket is None or ticket.is_erased:
            return None
        return None if comment.role == TweetRole.COMPLAINT and self._is_over(ticket, comment) else ticket

    def _is_over(self, ticket: Ticket, comment: Comment) -> bool:
        if ticket.state == State.CLOSED:
            return True
        days = timedelta(days=self.routing(ticket.brand).desk.reopen_days)
        return ticket.solved_at is not None and bool(comment.received_at > ticket.solved_at + days)

    def _open(self, comment: Comment, problem_key: str | None) -> Ticket:
        routing, at = self.routing(comment.brand), comment.received_at
        facts = facts_of(comment, routing, bool(problem_key))
        chosen = decide(routing, facts)
        number = Ticket.objects.filter(conversation_key=comment.conversation_key).count()
        ticket: Ticket = Ticket.objects.create(
            brand=comment.brand,
            ticket_key=hashed("ticket", comment.conversation_key, number),
            conversation_key=comment.conversation_key,
            follow_up=number,
            priority=chosen.priority,
            category=facts.category,
            lang=comment.lang,
            followers_count=comment.followers_count,
            sentiment_score=comment.sentiment_score,
            complaint_score=comment.complaint_score,
            team=chosen.team,
            rule=chosen.rule,
            routing_version=routing.version,
            opened_at=at,
            clock_started_at=at,
            due_at=due_at(routing.desk, chosen.team, chosen.priority, at),
            updated_at=self._now,
        )
        comment.ticket, comment.is_original = ticket, True
        comment.save()
        record(ticket, EventKind.OPENED, to_value=chosen.priority, at=at)
        record(ticket, EventKind.ROUTED, to_value=chosen.team)
        send_ticket(ticket, comment)
        for waiting in Comment.objects.filter(conversation_key=comment.conversation_key, ticket=None, erased_at=None):
            self._join(ticket, waiting)
        return ticket

    def _join(self, ticket: Ticket, comment: Comment) -> None:
        comment.ticket = ticket
        comment.save()
        record(ticket, EventKind.COMMENTED, to_value=comment.role, at=comment.received_at)
        if comment.role == TweetRole.BRAND_REPLY:
            _stop_clock(ticket, comment)
        elif comment.role != TweetRole.ORIGINAL:
            self._wake(ticket, comment)
        ticket.revision, ticket.updated_at = ticket.revision + 1, self._now
        ticket.save()
        send_comment(ticket, comment)

    def _wake(self, ticket: Ticket, comment: Comment) -> None:
        """The customer wrote again: a pending ticket is open; a solved one is reopened and its clock starts again."""
        state, at = State(ticket.state), comment.received_at
        if state == State.PENDING:
            ticket.state = State.OPEN.value
            record(ticket, EventKind.STATE_CHANGED, SYSTEM, state, State.OPEN, at)
            send_update(ticket)
        elif state == State.SOLVED and not self._is_over(ticket, comment) and _is_news(ticket, comment):
            ticket.state, ticket.solved_at = State.OPEN.value, None
            ticket.reopened_count += 1
            ticket.clock_started_at, ticket.answered_at = at, None
            ticket.is_breached, ticket.escalated_at = False, None
            ticket.due_at = due_at(self.routing(ticket.brand).desk, ticket.team, ticket.priority, at)
            record(ticket, EventKind.REOPENED, SYSTEM, state, State.OPEN, at)
            send_update(ticket)


def _of_customers(ticket: Ticket) -> QuerySet:
    return ticket.comments.filter(role__in=[TweetRole.COMPLAINT.value, TweetRole.COMMENT.value])


def _is_news(ticket: Ticket, comment: Comment) -> bool:
    """Whether it was written after all that who solved the ticket could see; it may have been on its way meanwhile."""
    return not _of_customers(ticket).filter(created_at__gte=comment.created_at).exclude(pk=comment.pk).exists()


def _stop_clock(ticket: Ticket, reply: Comment) -> None:
    """The first answer after the tweet that started the clock; an earlier tweet of the brand answers nothing.

    The response time is that between the two tweets on X: it is right for the tweets of an archive, too.
    """
    asked = _of_customers(ticket).filter(received_at=ticket.clock_started_at).first()
    seconds = reply.created_at - (asked.created_at if asked else ticket.clock_started_at)
    if seconds < timedelta():
        return
    if ticket.answered_at is None:
        ticket.answered_at = ticket.clock_started_at + seconds
        ticket.first_response_at = ticket.first_response_at or ticket.answered_at
        record(ticket, EventKind.ANSWERED, at=reply.received_at)
        if ticket.answered_at <= ticket.due_at:
            ticket.is_breached, ticket.breached_at = False, None  # it was in time, and only read too late
        elif not ticket.is_breached:
            breach(ticket)
    if ticket.state == State.NEW:
        ticket.state = State.OPEN.value
        record(ticket, EventKind.STATE_CHANGED, SYSTEM, State.NEW, State.OPEN)
        send_update(ticket)


def read_position() -> Position | None:
    """How far the table was taken in; None before its first piece."""
    found = IntakePosition.objects.filter(pk=TABLE, version__gte=0).first()
    return Position(found.version, found.rows) if found else None


def lock_position() -> None:
    """Wait for another process that takes candidates in, until the end of the transaction."""
    IntakePosition.objects.get_or_create(pk=TABLE, defaults={"version": -1})
    IntakePosition.objects.select_for_update().get(pk=TABLE)


def save_position(before: Position | None, after: Position, now: datetime) -> None:
    """Remember how far the table was taken in, unless another process has moved on from `before` meanwhile."""
    IntakePosition.objects.get_or_create(pk=TABLE, defaults={"version": -1})
    known = before or Position(-1)
    same = IntakePosition.objects.filter(pk=TABLE, version=known.version, rows=known.rows)
    same.update(version=after.version, rows=after.rows, updated_at=now)
