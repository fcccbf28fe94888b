"""The parts of Zendesk's Ticketing API v2 that a desk needs: tickets, their comments, redaction, incremental export."""

import base64
import itertools
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

FIELDS = {
    *("subject", "comment", "external_id", "tags", "priority", "status", "requester", "group_id", "custom_fields"),
    *("safe_update", "updated_stamp", "type"),
}
PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
Ticket = dict[str, Any]


class Problem(Exception):
    """An answer other than 2xx."""

    def __init__(self, code: int, error: str) -> None:
        super().__init__(error)
        self.code = code


class Zendesk:
    """`idempotency_seconds`: how long Zendesk keeps an Idempotency-Key; two hours."""

    def __init__(self, user: str, token: str, idempotency_seconds: float = 7200) -> None:
        self._credentials = base64.b64encode(f"{user}/token:{token}".encode()).decode()
        self._seconds = idempotency_seconds
        self._keys: dict[str, tuple[float, str, int]] = {}
        self._numbers = itertools.count(1)
        self.tickets: dict[int, Ticket] = {}
        self.deleted: dict[int, Ticket] = {}
        self.rejected: list[str] = []

    async def answer(self, request: Request) -> Response:
        try:
            if request.headers.get("authorization") != f"Basic {self._credentials}":
                raise Problem(401, "Couldn't authenticate you")
            body = await request.body()
            return self._route(request)(request, json.loads(body) if body else {})
        except Problem as problem:
            self.rejected.append(f"{problem.code} {problem}")
            return JSONResponse({"error": str(problem)}, problem.code)
        except ValueError:
            return JSONResponse({"error": "Unprocessable JSON"}, 422)

    def state(self) -> dict[str, Any]:
        return {"tickets": list(self.tickets.values()), "rejected": self.rejected}

    def set_status(self, ticket_id: int, status: str) -> None:
        """What an agent does in Zendesk."""
        self.tickets[ticket_id] |= {"status": status, "updated_at": _now()}

    def _route(self, request: Request) -> Callable[[Request, Any], Response]:
        parts = request.path_params["place"].removesuffix(".json").split("/")
        found = {
            ("GET", "tickets"): self._list,
            ("POST", "tickets"): self._create,
            ("GET", "tickets", "*"): self._show,
            ("PUT", "tickets", "*"): self._update,
            ("DELETE", "tickets", "*"): self._delete,
            ("DELETE", "deleted_tickets", "*"): self._delete_permanently,
            ("GET", "tickets", "*", "comments"): self._comments,
            ("PUT", "tickets", "*", "comments", "*", "redact"): self._redact,
            ("GET", "incremental", "tickets"): self._changed,
        }.get((request.method, *("*" if part.isdecimal() else part for part in parts)))
        if found is None:
            raise Problem(404, "InvalidEndpoint")
        request.state.numbers = [int(part) for part in parts if part.isdecimal()]
        return found

    def _create(self, request: Request, document: Any) -> Response:
        given = self._checked(document)
        key, text = request.headers.get("idempotency-key", ""), json.dumps(document, sort_keys=True)
        if len(key) > 255:
            raise Problem(400, "IdempotencyKeyTooLong")
        known = self._keys.get(key)
        if known and time.monotonic() - known[0] < self._seconds:
            if known[1] != text:
                raise Problem(400, "IdempotentRequestError")
            return JSONResponse({"ticket": self.tickets[known[2]]}, 201, {"x-idempotency-lookup": "hit"})
        if not given.get("comment", {}).get("body"):
            raise Problem(422, "Description: cannot be blank")
        number = next(self._numbers)
        ticket = {name: given.get(name) for name in ("subject", "external_id", "tags", "priority")}
        ticket |= {"id": number, "status": given.get("status", "new"), "created_at": _now(), "comments": []}
        self.tickets[number] = ticket
        self._comment(ticket, given)
        if key:
            self._keys[key] = (time.monotonic(), text, number)
        return JSONResponse({"ticket": ticket}, 201, {"x-idempotency-lookup": "miss"})

    def _update(self, request: Request, document: Any) -> Response:
        ticket, given = self._ticket(request), self._checked(document)
        if ticket["status"] == "closed":
            raise Problem(422, "Status: closed prevents ticket update")
        if given.get("safe_update") and given.get("updated_stamp") != ticket["updated_at"]:
            raise Problem(409, "UpdateConflict")
        if given.get("status") == "new" and ticket["status"] != "new":
            raise Problem(422, "Status: new is not allowed")
        ticket |= {name: given[name] for name in ("status", "priority", "tags", "subject") if name in given}
        self._comment(ticket, given)
        return JSONResponse({"ticket": ticket})

    def _comment(self, ticket: Ticket, given: Any) -> None:
        if "comment" in given:
            comment = given["comment"] | {"id": next(self._numbers), "created_at": _now()}
            ticket["comments"].append(comment)
        ticket["updated_at"] = _now()

    def _show(self, request: Request, document: Any) -> Response:
        return JSONResponse({"ticket": self._ticket(request)})

    def _list(self, request: Request, document: Any) -> Response:
        wanted = request.query_params.get("external_id")
        found = [each for each in self.tickets.values() if wanted is None or each["external_id"] == wanted]
        return JSONResponse({"tickets": found[:100], "next_page": None, "count": len(found)})

    def _comments(self, request: Request, document: Any) -> Response:
        return JSONResponse({"comments": self._ticket(request)["comments"], "next_page": None})

    def _redact(self, request: Request, document: Any) -> Response:
        comments = self._ticket(request)["comments"]
        comment = next((each for each in comments if each["id"] == request.state.numbers[1]), None)
        text = document.get("text")
        if comment is None or not text or text not in comment["body"]:
            raise Problem(404, "RecordNotFound")
        comment["body"] = comment["body"].replace(text, "▇" * len(text))
        return JSONResponse({"comment": comment})

    def _delete(self, request: Request, document: Any) -> Response:
        ticket = self._ticket(request)
        self.deleted[ticket["id"]] = self.tickets.pop(ticket["id"])
        return Response(status_code=204)

    def _delete_permanently(self, request: Request, document: Any) -> Response:
        if self.deleted.pop(request.state.numbers[0], None) is None:
            raise Problem(404, "RecordNotFound")
        return JSONResponse({"job_status": {"status": "queued"}})

    def _changed(self, request: Request, document: Any) -> Response:
        start = int(request.query_params.get("start_time", 0))
        if start > time.time() - 60:
            raise Problem(422, "StartTimeTooRecent")
        found = [each for each in self.tickets.values() if _seconds(each["updated_at"]) >= start]
        ends = [_seconds(each["updated_at"]) for each in found]
        return JSONResponse({"tickets": found, "end_time": max(ends, default=start), "end_of_stream": True})

    def _ticket(self, request: Request) -> Ticket:
        ticket = self.tickets.get(request.state.numbers[0])
        if ticket is None:
            raise Problem(404, "RecordNotFound")
        return ticket

    def _checked(self, document: Any) -> Ticket:
        given: Ticket = document.get("ticket") or {}
        unknown = set(given) - FIELDS
        if unknown or not given:
            raise Problem(422, f"unknown fields: {', '.join(sorted(unknown)) or 'no ticket'}")
        if given.get("priority", "low") not in PRIORITIES or given.get("status", "new") not in STATUSES:
            raise Problem(422, "RecordInvalid")
        return given


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
