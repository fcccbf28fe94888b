"""HTTP responses with X's headers: JSON, problem documents, faults; compressed if the client accepts gzip."""

import gzip
import json
import uuid
from email.utils import formatdate

from starlette.requests import Request
from starlette.responses import Response

from stack.x_emulator.contract import Json
from stack.x_emulator.faults import Fault
from stack.x_emulator.limits import WINDOW_SECONDS, Budget
from stack.x_emulator.problems import ApiError
from stack.x_emulator.world import World

Headers = list[tuple[str, str]]
SMALLEST_ZIPPED = 200
ZIP_LEVEL = 4
UNLIMITED = Budget(limit=900, remaining=899, reset=0)
"""For the headers of requests that are not counted."""


def limit_headers(world: World, budget: Budget = UNLIMITED, daily: Budget | None = None) -> Headers:
    """The headers of every answer; the date is that of the emulator's clock."""
    now = world.clock.now()
    known = budget if budget.reset else Budget(budget.limit, budget.remaining, int(now) + WINDOW_SECONDS)
    own = [
        ("api-version", world.options.spelling),
        ("x-access-level", "read-write"),
        ("x-transaction-id", uuid.uuid4().hex[:16]),
        ("date", formatdate(now, usegmt=True)),
    ]
    return known.headers() + (daily.headers("x-app-limit-24hour") if daily else []) + own


def json_response(document: Json, status: int, headers: Headers, request: Request) -> Response:
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _respond(body, status, "application/json", headers, request)


def problem_response(document: Json, status: int, headers: Headers, request: Request) -> Response:
    return _respond(json.dumps(document).encode(), status, "application/problem+json", headers, request)


def fault_response(fault: Fault, spelling: str, headers: Headers, request: Request) -> Response:
    """The answer of a fault of scope `answer`."""
    about = fault.about
    if about.get("is_exhausted"):
        headers = [(name, "0" if name == "x-rate-limit-remaining" else value) for name, value in headers]
    if about.get("drops_reset"):
        headers = [(name, value) for name, value in headers if name != "x-rate-limit-reset"]
    if "problem" in about:
        error = ApiError(about["problem"])
        return problem_response(error.document(spelling), error.status, headers, request)
    # A proxy that answers instead of X sends no rate-limit headers.
    kept = headers if about["media"] == "application/json" else []
    return _respond(about["body"].encode(), about["status"], about["media"], kept, request)


def _respond(body: bytes, status: int, media: str, headers: Headers, request: Request) -> Response:
    is_zipped = len(body) >= SMALLEST_ZIPPED and "gzip" in request.headers.get("accept-encoding", "")
    whole = gzip.compress(body, ZIP_LEVEL) if is_zipped else body
    response = Response(whole, status, media_type=f"{media}; charset=utf-8")
    response.headers.update(dict(headers) | ({"content-encoding": "gzip"} if is_zipped else {}))
    return response
