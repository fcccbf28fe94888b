"""Every cause for which a call to X fails: whether a retry helps, which error ends the job, what a person can do."""

from dataclasses import dataclass
from enum import StrEnum

from runtime.errors import (
    BudgetExhausted,
    CredentialsRejected,
    JobError,
    RulesRejected,
    ServiceUnavailable,
    TableLocked,
    UsageError,
)


class Cause(StrEnum):
    """Why a call or a connection failed; the value names it in metrics, gap records and logs."""

    BAD_TOKEN = "bad_token"
    WRONG_KIND_OF_TOKEN = "wrong_kind_of_token"
    NOT_ENROLLED = "not_enrolled"
    NOT_ALLOWED = "not_allowed"
    USAGE_CAPPED = "usage_capped"
    NO_RULES = "no_rules"
    RULES_INVALID = "rules_invalid"
    TOO_MANY_RULES = "too_many_rules"
    BAD_REQUEST = "bad_request"
    NOT_FOUND = "not_found"
    NOT_TRUSTED = "not_trusted"
    INTERNAL_ERROR = "internal_error"
    RATE_LIMITED = "rate_limited"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    CONFLICT = "conflict"
    X_FAILED = "x_failed"
    UNREACHABLE = "unreachable"
    DISCONNECTED = "disconnected"
    SLOW_READER = "slow_reader"


@dataclass(frozen=True)
class Verdict:
    """What follows from a cause. `error` ends a job that cannot retry, or has no retries left."""

    may_retry: bool
    error: type[JobError]
    meaning: str
    remedy: str


def _fatal(error: type[JobError], meaning: str, remedy: str) -> Verdict:
    return Verdict(False, error, meaning, remedy)


def _temporary(error: type[JobError], meaning: str, remedy: str) -> Verdict:
    return Verdict(True, error, meaning, remedy)


_PORTAL = "X's developer portal (https://developer.x.com/en/portal/dashboard)"
_REPORT = "this is an internal error: report this message"

VERDICTS: dict[Cause, Verdict] = {
    Cause.BAD_TOKEN: _fatal(
        CredentialsRejected,
        "X rejects the token",
        f"copy a new one from {_PORTAL} into BRANDPULSE_X_BEARER_TOKEN, or the four keys of posting into theirs",
    ),
    Cause.WRONG_KIND_OF_TOKEN: _fatal(
        CredentialsRejected,
        "X requires another kind of token for this call",
        "rules and streams need the app's bearer token, posting needs the user's keys",
    ),
    Cause.NOT_ENROLLED: _fatal(
        CredentialsRejected,
        "the app of the token has no access to this part of X's API",
        f"attach it to a project with access in {_PORTAL}",
    ),
    Cause.NOT_ALLOWED: _fatal(
        CredentialsRejected, "X forbids this call", f"check the app's permissions and access in {_PORTAL}"
    ),
    Cause.USAGE_CAPPED: _fatal(
        BudgetExhausted,
        "X's cap on reads is used up",
        "wait for the next period, or raise the app's spending limit in X's developer portal",
    ),
    Cause.NO_RULES: _fatal(
        RulesRejected, "X has no stream rules", "fill in conf/brands/*.yaml and run jobs.sync_rules first"
    ),
    Cause.RULES_INVALID: _fatal(
        RulesRejected, "X rejects the rules", "correct conf/brands/*.yaml and run jobs.sync_rules"
    ),
    Cause.TOO_MANY_RULES: _fatal(
        RulesRejected,
        "X accepts no more rules",
        "remove entries from conf/brands/*.yaml, or other programs' rules from X",
    ),
    Cause.BAD_REQUEST: _fatal(JobError, "X does not understand the request", _REPORT),
    Cause.NOT_FOUND: _fatal(UsageError, "there is no such endpoint", "check the setting x.base_url"),
    Cause.NOT_TRUSTED: _fatal(
        UsageError, "the server's certificate is not trusted", "check the setting x.base_url and the machine's clock"
    ),
    Cause.INTERNAL_ERROR: _fatal(JobError, "the call failed in an unexpected way", _REPORT),
    Cause.RATE_LIMITED: _temporary(
        ServiceUnavailable, "X's rate limit for these 15 minutes is reached", "run it again in 15 minutes"
    ),
    Cause.TOO_MANY_CONNECTIONS: _temporary(
        TableLocked,
        "another connection reads the stream of this app",
        "stop the other collector; after a crash X frees the slot by itself, within minutes to a day",
    ),
    Cause.CONFLICT: _temporary(ServiceUnavailable, "X is still processing an earlier request", "run it again later"),
    Cause.X_FAILED: _temporary(ServiceUnavailable, "X did not respond properly", "run it again later"),
    Cause.UNREACHABLE: _temporary(
        ServiceUnavailable, "X cannot be reached", "check the network and the setting x.base_url, and run it again"
    ),
    Cause.DISCONNECTED: _temporary(ServiceUnavailable, "X ended the stream", "start the collector again"),
    Cause.SLOW_READER: _temporary(
        ServiceUnavailable, "X ended the stream because it was read too slowly", "check Kafka and the machine's load"
    ),
}
