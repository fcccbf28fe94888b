"""Tables of the desk: tickets and their tweets, problems, notes, events, corrections, routing, deliveries.

A tweet's text, id and author key are in desk_comment alone: an erasure empties that row, the ticket keeps its figures.
Times are UTC. The pipelines reach these tables by SQL (pipelines/sources/desk, pipelines/sinks/desk).
"""

from serving.desk.models.deliveries import Delivery, Erasure, IntakePosition
from serving.desk.models.tickets import Comment, Correction, Event, Note, Problem, RoutingVersion, Ticket

__all__ = [
    "Comment",
    "Correction",
    "Delivery",
    "Erasure",
    "Event",
    "IntakePosition",
    "Note",
    "Problem",
    "RoutingVersion",
    "Ticket",
]
