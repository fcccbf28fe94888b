"""X's failures in its own wording: each has one cause, one exit code, and a message that says what to do."""

import json
from typing import Any

import pytest
import requests
import tweepy

from pipelines.sources.x.causes import VERDICTS, Cause
from pipelines.sources.x.failures import Failure, classify_exception, classify_message, classify_response
from runtime.errors import JobError

OLD, NEW = "https://api.twitter.com/2/problems/", "https://api.x.com/2/problems/"
RESET = {"X-Rate-Limit-Reset": "1795667000", "x-rate-limit-remaining": "0"}
CAPPED = {
    "title": "UsageCapExceeded",
    "detail": "Usage cap exceeded: Monthly product cap",
    "type": f"{OLD}usage-capped",
}
FORBIDDEN = {"title": "Client Forbidden", "reason": "client-not-enrolled", "type": f"{NEW}client-forbidden"}
WRONG_KIND = {"title": "Unsupported Authentication", "type": f"{OLD}unsupported-authentication", "status": 403}
HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"


def connection(issue: str) -> dict[str, str]:
    return {"title": "ConnectionException", "connection_issue": issue, "type": f"{OLD}streaming-connection"}


def disconnect(kind: str) -> dict[str, str]:
    return {"title": "operational-disconnect", "disconnect_type": kind, "type": f"{NEW}operational-disconnect"}


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}, "bad_token"),
        (401, {"errors": [{"code": 89, "message": "Invalid or expired token"}]}, "bad_token"),
        (401, HTML, "bad_token"),
        (403, WRONG_KIND, "wrong_kind_of_token"),
        (403, FORBIDDEN, "not_enrolled"),
        (403, {"errors": [{"code": 453, "message": "You currently have access to a subset"}]}, "not_enrolled"),
        (403, {"title": "Forbidden", "type": "about:blank", "detail": "You may not do that."}, "not_allowed"),
        (409, connection("RuleConfigurationIssue"), "no_rules"),
        (409, {"title": "Conflict", "type": f"{OLD}conflict"}, "conflict"),
        (429, connection("TooManyConnections"), "too_many_connections"),
        (429, CAPPED, "usage_capped"),
        (429, {"title": "Too Many Requests", "type": "about:blank", "status": 429}, "rate_limited"),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, "rate_limited"),
        (429, HTML, "rate_limited"),
        (420, b"", "rate_limited"),
        (503, connection("ProvisioningSubscription"), "x_failed"),
        (503, {"title": "Service Unavailable", "type": "about:blank", "status": 503}, "x_failed"),
        (502, HTML, "x_failed"),
        (500, b"[]", "x_failed"),
        (
            400,
            {"title": "Invalid Request", "type": f"{OLD}invalid-request", "errors": [{"message": "no"}]},
            "bad_request",
        ),
        (422, {"title": "RulesCapExceeded", "type": f"{OLD}rule-cap"}, "too_many_rules"),
        (400, connection("RulesInvalidIssue"), "rules_invalid"),
        (404, {"title": "Forbidden", "type": f"{OLD}resource-not-found"}, "not_found"),
        (418, b"", "bad_request"),
    ],
)
def test_an_answer_has_one_cause_whatever_its_title_and_host(status: int, body: Any, cause: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    failure = classify_response(status, {}, raw)
    assert failure.cause == cause
    assert (failure.status, type(failure.error())) == (status, VERDICTS[failure.cause].error)


@pytest.mark.parametrize(
    ("cause", "code", "may_retry"),
    [
        (Cause.BAD_TOKEN, 8, False),
        (Cause.WRONG_KIND_OF_TOKEN, 8, False),
        (Cause.NOT_ENROLLED, 8, False),
        (Cause.NOT_ALLOWED, 8, False),
        (Cause.USAGE_CAPPED, 9, False),
        (Cause.NO_RULES, 10, False),
        (Cause.RULES_INVALID, 10, False),
        (Cause.TOO_MANY_RULES, 10, False),
        (Cause.BAD_REQUEST, 1, False),
        (Cause.NOT_FOUND, 2, False),
        (Cause.NOT_TRUSTED, 2, False),
        (Cause.INTERNAL_ERROR, 1, False),
        (Cause.RATE_LIMITED, 5, True),
        (Cause.TOO_MANY_CONNECTIONS, 7, True),
        (Cause.CONFLICT, 5, True),
        (Cause.X_FAILED, 5, True),
        (Cause.UNREACHABLE, 5, True),
        (Cause.DISCONNECTED, 5, True),
        (Cause.SLOW_READER, 5, True),
    ],
)
def test_every_cause_ends_with_its_exit_code(cause: Cause, code: int, may_retry: bool) -> None:
    failure = Failure(cause)
    assert (failure.error().exit_code, failure.may_retry) == (code, may_retry)


def test_no_cause_is_without_a_verdict() -> None:
    assert set(VERDICTS) == set(Cause)


def test_the_end_of_a_rate_limit_is_read_and_only_of_a_rate_limit() -> None:
    assert classify_response(429, RESET, b"").reset_at == 1795667000
    assert classify_response(429, {}, b"").reset_at is None
    assert classify_response(429, {"x-rate-limit-reset": "soon"}, b"").reset_at is None
    assert classify_response(429, RESET, json.dumps(CAPPED).encode()).reset_at is None


def test_the_sentence_says_what_happened_and_what_to_do() -> None:
    sentence = str(classify_response(429, {}, json.dumps(CAPPED).encode()).error())
    assert sentence == (
        "X's cap on reads is used up (HTTP 429, Usage cap exceeded: Monthly product cap): wait for the next period, or "
        "raise the app's spending limit in X's developer portal"
    )
    long = classify_response(400, {}, json.dumps({"type": "x", "detail": "a\nb " * 500}).encode())
    assert "\n" not in str(long) and len(long.detail) <= 300


def answer(status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code, response._content, response.reason = status, body, "reason"
    return response


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (tweepy.Unauthorized(answer(401, b"{}")), Cause.BAD_TOKEN),
        (tweepy.TwitterServerError(answer(502, HTML)), Cause.X_FAILED),
        (tweepy.HTTPException(answer(409, json.dumps(connection("RuleConfigurationIssue")).encode())), Cause.NO_RULES),
        (tweepy.TooManyRequests(answer(429, json.dumps(CAPPED).encode())), Cause.USAGE_CAPPED),
        (requests.ConnectTimeout("no"), Cause.UNREACHABLE),
        (requests.ConnectionError("no"), Cause.UNREACHABLE),
        (requests.exceptions.ChunkedEncodingError("no"), Cause.UNREACHABLE),
        (ConnectionResetError("no"), Cause.UNREACHABLE),
        (requests.exceptions.SSLError("no"), Cause.NOT_TRUSTED),
        (requests.TooManyRedirects("no"), Cause.NOT_FOUND),
        (requests.exceptions.JSONDecodeError("no", "", 0), Cause.X_FAILED),
        (KeyError("tag"), Cause.INTERNAL_ERROR),
    ],
)
def test_an_exception_has_one_cause(error: Exception, cause: Cause) -> None:
    failure = classify_exception(error)
    assert failure.cause is cause
    assert isinstance(failure.error(), JobError)


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ({"errors": [disconnect("UpstreamOperationalDisconnect")]}, Cause.DISCONNECTED),
        ({"errors": [disconnect("ForceDisconnect")]}, Cause.DISCONNECTED),
        ({"errors": [{"disconnect_type": "A new one"}]}, Cause.DISCONNECTED),
        ({"errors": [disconnect("SlowReader")]}, Cause.SLOW_READER),
        ({"errors": [disconnect("InvalidRules")]}, Cause.RULES_INVALID),
        ({"errors": [disconnect("InternalError")]}, Cause.X_FAILED),
        ({"errors": [connection("TooManyConnections")]}, Cause.TOO_MANY_CONNECTIONS),
        ({"errors": [CAPPED]}, Cause.USAGE_CAPPED),
        (connection("TooManyConnections"), Cause.TOO_MANY_CONNECTIONS),
    ],
)
def test_a_message_of_the_stream_says_why_it_ends(message: dict[str, Any], cause: Cause) -> None:
    failure = classify_message(message)
    assert failure is not None and failure.cause is cause


@pytest.mark.parametrize(
    "message",
    [
        {"data": {"id": "1"}, "errors": [disconnect("ForceDisconnect")]},
        {"errors": [{"title": "Not Found Error", "type": f"{OLD}resource-not-found"}]},
        {"errors": [{"title": "New", "type": f"{NEW}something-new"}]},
        {"errors": []},
        {"errors": ["text"]},
        {"limit": {"track": 5}},
        {},
    ],
)
def test_posts_partial_errors_and_unknown_messages_end_nothing(message: dict[str, Any]) -> None:
    assert classify_message(message) is None
