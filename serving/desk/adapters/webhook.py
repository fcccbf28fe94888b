"""Tickets as signed webhooks (Standard Webhooks 1.0.0): the receiver knows a repeated call by its `webhook-id`.

The id of a call is its idempotency key, the same at each attempt. Events: ticket.created, ticket.commented,
ticket.updated, ticket.erased. The receiver may answer with {"id": …}, its own id of the ticket.
"""

import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from serving.desk.adapters.base import MAX_TEXT, Http, Message, RemoteState
from serving.desk.states import Call, RemoteErasure

EVENTS = {
    Call.CREATE: "ticket.created",
    Call.COMMENT: "ticket.commented",
    Call.UPDATE: "ticket.updated",
    Call.DELETE: "ticket.erased",
}


class WebhookAdapter:
    name = "webhook"
    can_find = False
    can_delete = True
    can_report = False

    def __init__(self, url: str, secret: str, timeout: float) -> None:
        self._url, self._signer, self._http = url, Webhook(secret), Http(timeout)

    def send(self, message: Message) -> str:
        now = datetime.now(UTC)
        body = json.dumps(payload(message, now), ensure_ascii=False, separators=(",", ":"))
        headers = {
            "content-type": "application/json",
            "webhook-id": message.idempotency_key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.idempotency_key, now, body),
        }
        answer = self._http.call("POST", self._url, data=body.encode(), headers=headers)
        if message.call == Call.DELETE:
            return RemoteErasure.DELETED.value
        return _id_of(answer.content) or message.remote_id or message.ticket_key

    def read_states(self, since: datetime) -> tuple[list[RemoteState], datetime]:
        """None: the receiver reports a change of state to us (docs/guides/work-tickets.md)."""
        return [], since


def payload(message: Message, now: datetime) -> dict[str, Any]:
    """The JSON document of a call."""
    ticket = {
        "key": message.ticket_key,
        "brand": message.brand,
        "category": message.category,
        "priority": message.priority,
        "state": message.state,
        "team": message.team,
    }
    tweet = {
        "key": message.comment_key,
        "text": message.text[:MAX_TEXT],
        "link": message.link,
        "written_at": message.written_at.astimezone(UTC).isoformat() if message.written_at else None,
    }
    erased = {"tweet": {"key": message.comment_key}, "is_last": message.is_last}
    data: dict[str, Any] = {"ticket": ticket}
    if message.call in (Call.CREATE, Call.COMMENT):
        data["tweet"] = tweet
    elif message.call == Call.DELETE:
        data = {"ticket": {"key": message.ticket_key}, **erased}
    return {"type": EVENTS[message.call], "timestamp": now.isoformat(), "data": data}


def _id_of(body: bytes) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found["id"])[:128] if isinstance(found, dict) and found.get("id") else ""
