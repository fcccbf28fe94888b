"""What goes wrong with a call, chosen at random from a seed."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Handler = Callable[[Request], Awaitable[Response]]

BEFORE = {409: "Conflict", 429: "Too Many Requests", 500: "Internal Server Error"}
"""Answers without an effect."""
KINDS = ("late", "broken", *BEFORE)
"""late: accepted, but the answer comes after the caller's time-out; broken: accepted, then 500."""


class Faults:
    """A share of calls fails, each kind as often as the others; `counts` are those that did."""

    def __init__(self, share: float, seed: int, late_seconds: float) -> None:
        self._share, self._random, self._late = share, random.Random(seed), late_seconds
        self.counts: Counter[str] = Counter()

    async def around(self, request: Request, handler: Handler) -> Response:
        """The handler's answer, or a fault."""
        kind = self._random.choice(KINDS) if self._random.random() < self._share else None
        if kind is None:
            return await handler(request)
        self.counts[str(kind)] += 1
        if isinstance(kind, int):
            headers = {"Retry-After": "0"} if kind == 429 else {}
            return JSONResponse({"error": BEFORE[kind]}, kind, headers)
        answer = await handler(request)
        if kind == "broken":
            return JSONResponse({"error": "Internal Server Error"}, 500)
        await asyncio.sleep(self._late)
        return answer
