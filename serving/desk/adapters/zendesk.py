"""Tickets in Zendesk (Ticketing API v2).

A ticket is created with an Idempotency-Key, which Zendesk keeps for two hours, and with our key as `external_id`, by
which it is found after that. A comment ends with a reference, by which it is found; `safe_update` makes sure that it
was not added since. Tweets are private comments: nobody gets an e-mail about them.
"""

import time
from datetime import UTC, datetime
from typing import Any

import requests

from serving.desk.adapters.base import MAX_TEXT, Http, Message, Rejected, RemoteState, TryAgain, reading_answers
from serving.desk.states import Call, RemoteErasure, State

PRIORITIES = {"P1": "urgent", "P2": "high", "P3": "normal", "P4": "low"}
STATUSES = {State.OPEN: "open", State.PENDING: "pending", State.SOLVED: "solved", State.CLOSED: "solved"}
"""A new ticket has no entry: Zendesk does not make an open ticket new again."""
REFERENCE_DIGITS = 24
EXPORT_DELAY_SECONDS = 65
"""The incremental export does not start later than a minute ago."""


class ZendeskAdapter:
    name = "zendesk"
    can_find = True
    can_delete = True
    can_report = True

    def __init__(self, url: str, user: str, token: str, timeout: float) -> None:
        def sign_in(session: requests.Session) -> None:
            session.auth = (f"{user}/token", token)

        self._url, self._http = f"{url}/api/v2", Http(timeout, sign_in)

    @reading_answers()
    def send(self, message: Message) -> str:
        if message.call == Call.CREATE:
            return self._create(message)
        ticket_id = message.remote_id or self._find(message.ticket_key)
        if message.call == Call.DELETE:
            return self._delete(ticket_id, message) if ticket_id else RemoteErasure.DELETED.value
        if not ticket_id:
            raise TryAgain("the ticket is not there yet")
        if message.call == Call.UPDATE:
            self._call("PUT", f"tickets/{ticket_id}.json", {"ticket": _fields(message)})
        else:
            self._comment(ticket_id, message)
        return ticket_id

    @reading_answers()
    def read_states(self, since: datetime) -> tuple[list[RemoteState], datetime]:
        start = min(int(since.timestamp()), int(time.time()) - EXPORT_DELAY_SECONDS)
        page = self._call("GET", "incremental/tickets.json", start_time=start)
        found = [
            RemoteState(str(each["external_id"]), str(each["status"]), datetime.fromisoformat(each["updated_at"]))
            for each in page["tickets"]
            if each.get("external_id") and each.get("status") != "deleted"
        ]
        return found, datetime.fromtimestamp(page.get("end_time") or start, UTC)

    def _create(self, message: Message) -> str:
        if message.may_have_arrived and (known := self._find(message.ticket_key)):
            return known
        ticket = _fields(message) | {
            "subject": f"Complaint on X: {message.category or 'uncategorised'}",
            "external_id": message.ticket_key,
            "tags": ["brandpulse", message.brand],
            "comment": {"body": body_of(message), "public": False},
        }
        answer = self._call("POST", "tickets.json", {"ticket": ticket}, key=message.idempotency_key)
        return str(answer["ticket"]["id"])

    def _comment(self, ticket_id: str, message: Message) -> None:
        changes: dict[str, Any] = {"comment": {"body": body_of(message), "public": False}}
        if message.may_have_arrived:
            ticket = self._call("GET", f"tickets/{ticket_id}.json")["ticket"]
            if self._comment_with(ticket_id, message.comment_key):
                return
            changes |= {"safe_update": True, "updated_stamp": ticket["updated_at"]}
        self._call("PUT", f"tickets/{ticket_id}.json", {"ticket": changes})

    def _delete(self, ticket_id: str, message: Message) -> str:
        """The whole ticket, permanently, or the text of one comment."""
        if message.is_last:
            for place in (f"tickets/{ticket_id}.json", f"deleted_tickets/{ticket_id}.json"):
                try:
                    self._call("DELETE", place)
                except Rejected as error:
                    if "404" not in str(error):  # deleted by an earlier attempt
                        raise
            return RemoteErasure.DELETED.value
        comment = self._comment_with(ticket_id, message.comment_key)
        if comment:
            for line in str(comment["body"]).splitlines()[:-1]:  # the reference stays
                if line.strip() and "▇" not in line:
                    self._call("PUT", f"tickets/{ticket_id}/comments/{comment['id']}/redact.json", {"text": line})
        return RemoteErasure.BLANKED.value

    def _find(self, ticket_key: str) -> str:
        """The id of the ticket with our key; empty if there is none."""
        found = self._call("GET", "tickets.json", external_id=ticket_key)["tickets"]
        return str(found[0]["id"]) if found else ""

    def _comment_with(self, ticket_id: str, comment_key: str) -> dict[str, Any] | None:
        page = self._call("GET", f"tickets/{ticket_id}/comments.json")
        comments: list[dict[str, Any]] = list(page["comments"])
        while page.get("next_page"):
            page = self._http.call("GET", page["next_page"]).json()
            comments += page["comments"]
        return next((each for each in comments if _reference(comment_key) in str(each.get("body"))), None)

    def _call(self, method: str, place: str, document: Any = None, key: str = "", **query: Any) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        answer = self._http.call(method, f"{self._url}/{place}", json=document, params=query or None, headers=headers)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found


def body_of(message: Message) -> str:
    """The text of a comment; its last line is the reference."""
    written = f"{message.written_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if message.written_at else ""
    source = " ".join(filter(None, (message.link, written)))
    return "\n".join(filter(None, (message.text[:MAX_TEXT], source, _reference(message.comment_key))))


def _fields(message: Message) -> dict[str, Any]:
    status = STATUSES.get(State(message.state))
    return {"priority": PRIORITIES[message.priority]} | ({"status": status} if status else {})


def _reference(comment_key: str) -> str:
    return f"Brandpulse reference {comment_key[:REFERENCE_DIGITS]}"
