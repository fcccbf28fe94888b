"""A receiver of Standard Webhooks 1.0.0 that keeps tickets: a repeated `webhook-id` has no second effect."""

import itertools
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MAX_BYTES = 20_000
_NEEDED = {
    "ticket.created": {"ticket", "tweet"},
    "ticket.commented": {"ticket", "tweet"},
    "ticket.updated": {"ticket"},
    "ticket.erased": {"ticket", "tweet", "is_last"},
}


class Receiver:
    """`tickets`: {key: {id, tweets in the order of their arrival, state, …}}; `faults`: what callers did wrong."""

    def __init__(self, secret: str) -> None:
        self._signer = Webhook(secret)
        self._answers: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)
        self.tickets: dict[str, dict[str, Any]] = {}
        self.rejected: list[str] = []

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        headers = {name: request.headers.get(name, "") for name in _HEADERS}
        try:
            document = self._signer.verify(body, headers)
        except (WebhookVerificationError, ValueError) as error:
            return self._reject(401, str(error))
        if len(body) >= MAX_BYTES:
            return self._reject(413, "the payload has 20 kB or more")
        known = self._answers.get(headers["webhook-id"])
        if known is not None:
            return JSONResponse(known)
        fault = self._fault(document)
        if fault:
            return self._reject(422, fault)
        answer = self._answers[headers["webhook-id"]] = {"id": self._apply(document["type"], document["data"])}
        return JSONResponse(answer)

    def state(self) -> dict[str, Any]:
        return {"tickets": self.tickets, "rejected": self.rejected}

    def _fault(self, document: Any) -> str:
        kind, data = document.get("type"), document.get("data", {})
        if not isinstance(document.get("timestamp"), str) or set(data) != _NEEDED.get(kind):
            return f"{kind} is not an event with {sorted(data)}"
        is_known = data["ticket"]["key"] in self.tickets
        if kind == "ticket.created" and is_known:
            return "the ticket was created twice"
        if kind in ("ticket.commented", "ticket.updated") and not is_known:
            return f"{kind} before the ticket was created"
        return ""

    def _apply(self, kind: str, data: dict[str, Any]) -> str:
        given = data["ticket"]
        if kind == "ticket.created":
            self.tickets[given["key"]] = {"id": str(next(self._numbers)), "tweets": []}
        ticket = self.tickets.get(given["key"], {"id": "", "tweets": []})
        if kind == "ticket.erased":
            for tweet in ticket["tweets"]:
                if data["is_last"] or tweet["key"] == data["tweet"]["key"]:
                    tweet |= {"text": "", "link": ""}
            ticket["is_deleted"] = data["is_last"]
        else:
            ticket |= {name: given[name] for name in ("brand", "category", "priority", "state", "team")}
            ticket["tweets"] += [data["tweet"]] if "tweet" in data else []
        return str(ticket["id"])

    def _reject(self, code: int, reason: str) -> Response:
        self.rejected.append(f"{code} {reason}")
        return JSONResponse({"error": reason}, code)


_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
