"""What each role may do with the data of its brand; a token has these as scopes."""

from enum import StrEnum

EVERY_BRAND = "*"
"""In a grant: all brands, also those to come."""


class Scope(StrEnum):
    AGGREGATES_READ = "aggregates:read"
    AGGREGATES_EXPORT = "aggregates:export"
    OPERATIONS_READ = "operations:read"
    PROFILES_READ = "profiles:read"
    INFLUENCERS_READ = "influencers:read"
    AUDIT_READ = "audit:read"
    ACCOUNTS_WRITE = "accounts:write"


class Role(StrEnum):
    VIEWER = "viewer"
    ANALYST = "analyst"
    AGENT = "agent"
    APPROVER = "approver"
    ADMIN = "admin"


_EVERYBODY = frozenset({Scope.AGGREGATES_READ, Scope.OPERATIONS_READ})
_ANALYST = _EVERYBODY | {Scope.AGGREGATES_EXPORT, Scope.PROFILES_READ, Scope.INFLUENCERS_READ}
SCOPES: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: _EVERYBODY,
    Role.ANALYST: _ANALYST,
    Role.AGENT: _EVERYBODY,
    Role.APPROVER: _EVERYBODY,
    Role.ADMIN: _ANALYST | {Scope.AUDIT_READ, Scope.ACCOUNTS_WRITE},
}
