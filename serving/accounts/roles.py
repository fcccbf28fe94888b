"""What each role may do with the data of its brand; a token has these as scopes."""

from enum import StrEnum

EVERY_BRAND = "*"
"""In a grant: all brands, also those to come."""


class Scope(StrEnum):
    AGGREGATES_READ = "aggregates:read"
    AGGREGATES_EXPORT = "aggregates:export"
    OPERATIONS_READ = "operations:read"
    PROFILES_READ = "profiles:read"
    ALERTS_WRITE = "alerts:write"
    TEXTS_READ = "texts:read"
    INFLUENCERS_READ = "influencers:read"
    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    DETAILS_READ = "ticket-details:read"
    ROUTING_WRITE = "routing:write"
    AUDIT_READ = "audit:read"
    ACCOUNTS_WRITE = "accounts:write"


class Role(StrEnum):
    VIEWER = "viewer"
    ANALYST = "analyst"
    AGENT = "agent"
    APPROVER = "approver"
    ADMIN = "admin"


MEANINGS = {
    Scope.AGGREGATES_READ: "read the figures of a brand: trends, segments, what changed; nobody can be identified",
    Scope.AGGREGATES_EXPORT: "take those figures away as CSV or JSON lines",
    Scope.OPERATIONS_READ: "read how fresh and complete the data is, and how good the model",
    Scope.PROFILES_READ: "read single authors by their key, for a stated purpose; each read is in the audit log",
    Scope.ALERTS_WRITE: "acknowledge, snooze and resolve alerts, write their rules, rename topics",
    Scope.TEXTS_READ: "read masked sample texts of topics and alerts; each read is in the audit log",
    Scope.INFLUENCERS_READ: "read public influencers by name, and how tweets spread; each read is in the audit log",
    Scope.TICKETS_READ: "read tickets with their masked text, problems and the desk report",
    Scope.TICKETS_WRITE: "work on tickets: assign, correct, note, solve",
    Scope.DETAILS_READ: "read what masking hid in a ticket, such as order numbers; each read is in the audit log",
    Scope.ROUTING_WRITE: "change which team gets which ticket",
    Scope.AUDIT_READ: "read who wrote, and who read about persons",
    Scope.ACCOUNTS_WRITE: "give and take roles; of every brand also: create users, revoke tokens",
}
DUTIES = {
    Role.VIEWER: "sees the figures of the brand: overview, sentiment, topics, segments, alerts, model, operations",
    Role.ANALYST: "also takes figures away as files, and reads single authors and texts, which the audit log records",
    Role.AGENT: "sees the figures and works on the brand’s tickets",
    Role.APPROVER: "an agent who also approves what is answered in public",
    Role.ADMIN: "everything of the brand, and who has which role on it; the audit log",
}
_EVERYBODY = frozenset({Scope.AGGREGATES_READ, Scope.OPERATIONS_READ})
_WORKING = _EVERYBODY | {Scope.ALERTS_WRITE}
_ANALYST = _WORKING | {Scope.AGGREGATES_EXPORT, Scope.PROFILES_READ, Scope.TEXTS_READ, Scope.INFLUENCERS_READ}
_AGENT = _WORKING | {Scope.TICKETS_READ, Scope.TICKETS_WRITE, Scope.DETAILS_READ}
SCOPES: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: _EVERYBODY,
    Role.ANALYST: _ANALYST,
    Role.AGENT: _AGENT,
    Role.APPROVER: _AGENT,
    Role.ADMIN: _ANALYST | _AGENT | {Scope.ROUTING_WRITE, Scope.AUDIT_READ, Scope.ACCOUNTS_WRITE},
}
