"""One request on its way through the stand-in, and its answer."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from stack.x_emulator.auth import Caller
from stack.x_emulator.contract import Endpoint, Json
from stack.x_emulator.problems import Refusal
from stack.x_emulator.shapes import Shape
from stack.x_emulator.world import World


@dataclass
class Call:
    """A request that was let in; `parameters` are checked, `body` is what JSON it had."""

    world: World
    request: Request
    endpoint: Endpoint
    caller: Caller
    spelling: str
    parameters: dict[str, Any]
    shape: Shape
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)

    def json(self) -> Json:
        """The body as an object. Refusal 400 when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise malformed()
        return found


@dataclass
class Answer:
    """JSON and its status."""

    document: Json
    status: int = 200


Result = Answer | Response | ASGIApp


def malformed(**parameters: Any) -> Refusal:
    """400 for a body that does not fit; `parameters` as X repeats them."""
    wrong = {name: [str(each) for each in value] for name, value in parameters.items()}
    return Refusal("invalid_request", [{"parameters": wrong, "message": "JSON doesn't match expected schema"}])
