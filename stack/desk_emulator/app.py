"""The emulator as an application: the help desk's own addresses, and /_emulator/ to look at it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stack.desk_emulator.alerts import Alerts
from stack.desk_emulator.faults import Faults
from stack.desk_emulator.webhook import Receiver
from stack.desk_emulator.zendesk import Zendesk

SECRET = "whsec_" + "ZW11bGF0b3Igc2VjcmV0IG9mIHRoZSBkZXNr"
USER, TOKEN = "agent@desk.example", "emulator-token"
"""Public on purpose: they open nothing but the emulator."""


@dataclass(frozen=True)
class Options:
    """`late_seconds`: how long an answer takes that comes too late; `idempotency_seconds`: of Zendesk."""

    desk: Literal["webhook", "zendesk", "alerts"] = "webhook"
    failures: float = 0.0
    seed: int = 7
    late_seconds: float = 1.0
    idempotency_seconds: float = 7200.0


def build_application(options: Options) -> Starlette:
    faults = Faults(options.failures, options.seed, options.late_seconds)
    if options.desk == "webhook":
        receiver = Receiver(SECRET)
        routes = [Route("/hook", _with(faults, receiver.receive), methods=["POST"]), _state(faults, receiver)]
    elif options.desk == "alerts":
        alerts = Alerts(SECRET)
        routes = [
            Route("/hook", _with(faults, alerts.receive), methods=["POST"]),
            Route("/services/T0/B0/emulator", _with(faults, alerts.post_text), methods=["POST"]),
            _state(faults, alerts),
        ]
    else:
        zendesk = Zendesk(USER, TOKEN, options.idempotency_seconds)

        async def set_status(request: Request) -> Response:
            zendesk.set_status(request.path_params["number"], (await request.json())["status"])
            return Response(status_code=204)

        every = ["GET", "POST", "PUT", "DELETE"]
        routes = [
            Route("/api/v2/{place:path}", _with(faults, zendesk.answer), methods=every),
            Route("/_emulator/tickets/{number:int}/status", set_status, methods=["POST"]),
            _state(faults, zendesk),
        ]
    return Starlette(routes=routes)


def _with(
    faults: Faults, handler: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await faults.around(request, handler)

    return answer


def _state(faults: Faults, desk: Receiver | Zendesk | Alerts) -> Route:
    async def state(request: Request) -> Response:
        return JSONResponse(desk.state() | {"failed": dict(faults.counts)})

    return Route("/_emulator/state", state)
