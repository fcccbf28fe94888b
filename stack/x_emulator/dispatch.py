"""Handling of a request: faults, authentication, rate limits, parameters, then the endpoint's handler."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from stack.x_emulator import job_calls, lookup_calls, rule_calls, search_calls, stream_calls, write_calls
from stack.x_emulator.auth import Caller, Signed, allow
from stack.x_emulator.calls import Answer, Call, Result
from stack.x_emulator.contract import Endpoint
from stack.x_emulator.limits import Budget
from stack.x_emulator.parameters import read_parameters, spelling_of
from stack.x_emulator.problems import ApiError, problem
from stack.x_emulator.responses import (
    UNLIMITED,
    Headers,
    fault_response,
    json_response,
    limit_headers,
    problem_response,
)
from stack.x_emulator.shapes import shape_of
from stack.x_emulator.world import World

Handler = Callable[[Call], Awaitable[Result]]
NO_CALLER = Caller("nobody", "none")
HANDLERS: dict[str, Handler] = {
    "stream": stream_calls.stream,
    "list_rules": rule_calls.list_rules,
    "change_rules": rule_calls.change_rules,
    "count_rules": rule_calls.count_rules,
    "search": search_calls.search,
    "counts": search_calls.counts,
    "mentions": search_calls.mentions,
    "tweets": lookup_calls.tweets,
    "tweet": lookup_calls.tweet,
    "create_tweet": write_calls.create_tweet,
    "delete_tweet": write_calls.delete_tweet,
    "users": lookup_calls.users,
    "users_by": lookup_calls.users_by,
    "user_by": lookup_calls.user_by,
    "me": lookup_calls.me,
    "user": lookup_calls.user,
    "create_job": job_calls.create_job,
    "list_jobs": job_calls.list_jobs,
    "job": job_calls.job,
    "tweets_compliance_stream": stream_calls.compliance_stream,
    "users_compliance_stream": stream_calls.compliance_stream,
    "list_connections": stream_calls.list_connections,
    "end_connections": stream_calls.end_connections,
    "end_all_connections": stream_calls.end_all_connections,
    "end_endpoint_connections": stream_calls.end_endpoint_connections,
    "usage": lookup_calls.usage,
}
READS = ("stream", "search", "mentions", "tweets", "tweet")
"""Endpoints that read posts; rejected when the monthly cap is used up."""


@dataclass
class Visit:
    """The state of a request during its handling."""

    world: World
    endpoint: Endpoint
    request: Request
    spelling: str
    caller: Caller = NO_CALLER
    budget: Budget = UNLIMITED
    daily: Budget | None = None

    @property
    def headers(self) -> Headers:
        return limit_headers(self.world, self.budget, self.daily)


async def handle(world: World, endpoint: Endpoint, request: Request) -> ASGIApp:
    """Answer one request. An ApiError becomes its problem document; an injected fault takes precedence."""
    visit = Visit(world, endpoint, request, world.options.spelling)
    fault = next(iter(world.faults.trigger("answer", endpoint.name)), None)
    if fault and fault.about.get("hangs"):
        return await _hang(request)
    result: ASGIApp
    try:
        _admit(visit)
        result = fault_response(fault, visit.spelling, visit.headers, request) if fault else await _answer(visit)
    except ApiError as error:
        rejected = problem_response(error.document(visit.spelling), error.status, visit.headers, request)
        result = fault_response(fault, visit.spelling, visit.headers, request) if fault else rejected
    _log(visit, result)
    return result


def _admit(visit: Visit) -> None:
    """Authenticate and count the request. Raises ApiError 401 or 403."""
    request = visit.request
    headers, url = request.headers, request.url
    signed = Signed(request.method, url.path, url.query, headers.get("authorization", ""), headers.get("host", ""))
    visit.caller = visit.world.authenticator.caller(signed)
    allow(visit.caller, visit.endpoint.auth)
    visit.budget = visit.world.limits.take(visit.endpoint, visit.caller.kind)
    visit.daily = visit.world.limits.take_day(visit.endpoint)


async def _answer(visit: Visit) -> ASGIApp:
    world, endpoint, request = visit.world, visit.endpoint, visit.request
    if visit.budget.is_over or (visit.daily and visit.daily.is_over):
        return _too_many(visit)
    given = dict(request.query_params) | request.path_params
    visit.spelling = spelling_of(endpoint, given, world.options.spelling)
    parameters = read_parameters(endpoint, given, visit.spelling)
    _require_access(world, endpoint)
    shape, body = shape_of(parameters, visit.spelling), await request.body()
    call = Call(world, request, endpoint, visit.caller, visit.spelling, parameters, shape, body, visit.headers)
    result = await HANDLERS[endpoint.name](call)
    if isinstance(result, Answer):
        return json_response(result.document, result.status, visit.headers, request)
    return result


def _too_many(visit: Visit) -> Response:
    if visit.world.options.rate_limit_body == "problem":
        return problem_response(problem("too_many_requests"), 429, visit.headers, visit.request)
    document = {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
    return json_response(document, 429, visit.headers, visit.request)


def _require_access(world: World, endpoint: Endpoint) -> None:
    if endpoint.is_enterprise and world.options.tier != "enterprise":
        raise ApiError("client_forbidden")
    if endpoint.name in READS and world.usage.is_over:
        raise ApiError("usage_capped")


async def _hang(request: Request) -> Response:
    """Send nothing until the client disconnects."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=503)


def _log(visit: Visit, result: ASGIApp) -> None:
    """Record the request for the admin API, without its credentials."""
    request = visit.request
    visit.world.requests.append(
        {
            "at": visit.world.clock.now(),
            "endpoint": visit.endpoint.name,
            "method": request.method,
            "path": request.url.path,
            "query": request.url.query,
            "status": getattr(result, "status_code", 200),
            "caller": visit.caller.kind,
        }
    )
