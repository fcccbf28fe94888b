"""A request inside the emulator, and its answer."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from stack.x_emulator.auth import Caller
from stack.x_emulator.contract import Endpoint, Json
from stack.x_emulator.problems import ApiError
from stack.x_emulator.shapes import Shape
from stack.x_emulator.world import World


@dataclass
class Call:
    """An authenticated request with validated `parameters`."""

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
        """The body as a JSON object. Raises ApiError 400 if it is not one."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise malformed()
        return found


@dataclass
class Answer:
    """A JSON document and its HTTP status."""

    document: Json
    status: int = 200


Result = Answer | Response | ASGIApp


def malformed(**parameters: Any) -> ApiError:
    """400 for a body that does not match the schema; `parameters` are echoed as X does."""
    wrong = {name: [str(each) for each in value] for name, value in parameters.items()}
    return ApiError("invalid_request", [{"parameters": wrong, "message": "JSON doesn't match expected schema"}])
