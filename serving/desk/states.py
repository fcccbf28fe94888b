"""The words of the desk: states, priorities, kinds of events and of calls to a help desk."""

from enum import StrEnum


class State(StrEnum):
    """new: nobody looked at it; pending: waiting for the customer; closed: solved too long ago to be reopened."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"


ACTIVE = (State.NEW, State.OPEN, State.PENDING)
"""The states of tickets that somebody has to work on."""
MOVES: dict[State, frozenset[State]] = {
    State.NEW: frozenset({State.OPEN, State.PENDING, State.SOLVED}),
    State.OPEN: frozenset({State.PENDING, State.SOLVED}),
    State.PENDING: frozenset({State.OPEN, State.SOLVED}),
    State.SOLVED: frozenset({State.OPEN, State.CLOSED}),
    State.CLOSED: frozenset(),
}
"""{state: the states that a ticket may change to}."""


class Priority(StrEnum):
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class TweetRole(StrEnum):
    """`role` of gold.ticket_candidates. original: an earlier tweet that a complaint answers, shown with it."""

    ORIGINAL = "original"
    COMPLAINT = "complaint"
    COMMENT = "comment"
    BRAND_REPLY = "brand_reply"


class EventKind(StrEnum):
    """`kind` of gold.ticket_events. answered: the brand replied on X; delivered: the help desk has the ticket."""

    OPENED = "opened"
    COMMENTED = "commented"
    ROUTED = "routed"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    STATE_CHANGED = "state_changed"
    SOLVED = "solved"
    REOPENED = "reopened"
    CLOSED = "closed"
    BREACHED = "breached"
    ESCALATED = "escalated"
    PRIORITY_CHANGED = "priority_changed"
    CATEGORY_CHANGED = "category_changed"
    NOTED = "noted"
    LINKED = "linked"
    DELIVERED = "delivered"
    ERASED = "erased"


class Call(StrEnum):
    """What a delivery asks of the help desk; the last two are about an alert, to one of its targets."""

    CREATE = "create"
    COMMENT = "comment"
    UPDATE = "update"
    DELETE = "delete"
    ALERT_OPENED = "alert_opened"
    ALERT_ENDED = "alert_ended"


class DeliveryState(StrEnum):
    """dead: given up, until somebody re-drives it; discarded: somebody decided that it is never sent."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    DISCARDED = "discarded"


class CorrectedField(StrEnum):
    """`field` of gold.feedback."""

    IS_COMPLAINT = "is_complaint"
    CATEGORY = "category"
    PRIORITY = "priority"


class RemoteErasure(StrEnum):
    """What became of the text at the help desk. none: it never had it; manual: its adapter cannot, a person must."""

    WAITING = "waiting"
    NONE = "none"
    DELETED = "deleted"
    BLANKED = "blanked"
    MANUAL = "manual"
