"""A failed response, an exception or a stream message of X -> its cause.

Classified by `connection_issue` or `disconnect_type`, then by the last segment of the problem's `type` (hosts and
titles vary), by v1.1's codes, and by the status alone when a proxy returned its own page.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from tweepy.errors import HTTPException

from pipelines.sources.x.causes import VERDICTS, Cause
from runtime.errors import JobError

_MAX_DETAIL_CHARACTERS = 300
_BY_TYPE = {
    "usage-capped": Cause.USAGE_CAPPED,
    "client-forbidden": Cause.NOT_ENROLLED,
    "unsupported-authentication": Cause.WRONG_KIND_OF_TOKEN,
    "rule-cap": Cause.TOO_MANY_RULES,
    "invalid-rules": Cause.RULES_INVALID,
    "noncompliant-rules": Cause.RULES_INVALID,
    "duplicate-rules": Cause.RULES_INVALID,
    "invalid-request": Cause.BAD_REQUEST,
    "conflict": Cause.CONFLICT,
    "client-disconnected": Cause.DISCONNECTED,
    "operational-disconnect": Cause.DISCONNECTED,
    "internal-error": Cause.X_FAILED,
    "resource-unavailable": Cause.X_FAILED,
    "resource-not-found": Cause.NOT_FOUND,
    "not-authorized-for-resource": Cause.NOT_ALLOWED,
    "not-authorized-for-field": Cause.NOT_ALLOWED,
    "field-unauthorized": Cause.NOT_ALLOWED,
    "disallowed-resource": Cause.NOT_ALLOWED,
}
_BY_ISSUE = {
    "TooManyConnections": Cause.TOO_MANY_CONNECTIONS,
    "RuleConfigurationIssue": Cause.NO_RULES,
    "RulesInvalidIssue": Cause.RULES_INVALID,
    "ProvisioningSubscription": Cause.X_FAILED,
    "SlowReader": Cause.SLOW_READER,
    "InvalidRules": Cause.RULES_INVALID,
    "InternalError": Cause.X_FAILED,
    "ClientApplicationStateDegraded": Cause.X_FAILED,
}
_BY_CODE = {32: Cause.BAD_TOKEN, 88: Cause.RATE_LIMITED, 89: Cause.BAD_TOKEN, 453: Cause.NOT_ENROLLED}
_BY_STATUS = {
    400: Cause.BAD_REQUEST,
    401: Cause.BAD_TOKEN,
    403: Cause.NOT_ALLOWED,
    404: Cause.NOT_FOUND,
    409: Cause.CONFLICT,
    420: Cause.RATE_LIMITED,
    422: Cause.BAD_REQUEST,
    429: Cause.RATE_LIMITED,
}


@dataclass(frozen=True)
class Failure:
    """One failed call. `reset_at` is when X's rate limit resets, in Unix seconds, if X reported it."""

    cause: Cause
    status: int | None = None
    detail: str = ""
    reset_at: float | None = None

    @property
    def may_retry(self) -> bool:
        """False when only a person can repair it."""
        return VERDICTS[self.cause].may_retry

    def reset_in(self, now: float) -> float | None:
        """Seconds from `now` (Unix) until X's rate limit resets, if X reported it."""
        return None if self.reset_at is None else self.reset_at - now

    def __str__(self) -> str:
        """One sentence for a person: what happened, X's own message, what to do."""
        verdict = VERDICTS[self.cause]
        reported = ", ".join(filter(None, (f"HTTP {self.status}" if self.status else "", self.detail)))
        return f"{verdict.meaning}{f' ({reported})' if reported else ''}: {verdict.remedy}"

    def error(self) -> JobError:
        """The error that ends the job with the cause's exit code."""
        return VERDICTS[self.cause].error(str(self))


def classify_response(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """A response of 400 and above -> its failure. The body may be a problem document, v1.1's errors or a page."""
    problem = _problem(body)
    cause = _cause_of(problem) or _BY_STATUS.get(status) or _by_range(status)
    return Failure(cause, status, _detail(problem), _reset(headers) if cause is Cause.RATE_LIMITED else None)


def classify_exception(error: Exception) -> Failure:
    """An exception of tweepy or of the network -> its failure; any other is an internal error."""
    if isinstance(error, HTTPException):
        return classify_response(error.response.status_code, error.response.headers, error.response.content)
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return Failure(Cause.NOT_TRUSTED, detail=type(error).__name__)
    if isinstance(error, requests.exceptions.TooManyRedirects):
        return Failure(Cause.NOT_FOUND, detail="redirected elsewhere")
    if isinstance(error, requests.exceptions.JSONDecodeError):
        return Failure(Cause.X_FAILED, detail="the response is not JSON")
    if isinstance(error, requests.exceptions.RequestException | urllib3.exceptions.HTTPError | OSError):
        return Failure(Cause.UNREACHABLE, detail=type(error).__name__)
    # Only the type: the message of an unexpected error might contain a header.
    return Failure(Cause.INTERNAL_ERROR, detail=type(error).__name__)


def classify_message(message: Mapping[str, Any]) -> Failure | None:
    """A decoded line of the stream -> why X is about to end it; None for a post or a partial error."""
    if "data" in message:
        return None
    is_problem = message.keys() & {"type", "connection_issue", "disconnect_type"}
    problem = message if is_problem else (_first_error(message) or {})
    cause = _cause_of(problem) or (Cause.DISCONNECTED if "disconnect_type" in problem else None)
    return None if cause in (None, Cause.NOT_FOUND, Cause.NOT_ALLOWED) else Failure(cause, detail=_detail(problem))


def _cause_of(problem: Mapping[str, Any]) -> Cause | None:
    issue = _BY_ISSUE.get(str(problem.get("connection_issue") or problem.get("disconnect_type")))
    kind = str(problem.get("type", "")).rstrip("/").rpartition("/")[2]
    code = problem.get("code")
    return issue or _BY_TYPE.get(kind) or (_BY_CODE.get(code) if isinstance(code, int) else None)


def _problem(body: bytes) -> Mapping[str, Any]:
    """The problem document, or the first of v1.1's errors; empty for a page."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return found if "type" in found or "detail" in found else (_first_error(found) or {})


def _first_error(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    errors = message.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else None


def _detail(problem: Mapping[str, Any]) -> str:
    """X's message in one line: that of the first error, else of the document."""
    nested = _first_error(problem) or {}
    words = nested.get("message") or problem.get("detail") or problem.get("message") or problem.get("title") or ""
    kind = problem.get("disconnect_type") or problem.get("connection_issue")
    line = " ".join(str(words).split()).rstrip(".")
    return ", ".join(filter(None, (str(kind) if kind else "", line)))[:_MAX_DETAIL_CHARACTERS]


def _reset(headers: Mapping[str, str]) -> float | None:
    text = next((value for name, value in headers.items() if name.lower() == "x-rate-limit-reset"), "")
    return float(text) if text.isascii() and text.isdigit() else None


def _by_range(status: int) -> Cause:
    return Cause.X_FAILED if status >= 500 else Cause.BAD_REQUEST
