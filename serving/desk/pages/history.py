"""A ticket's events in words."""

from typing import Any

from serving.desk.states import EventKind, TweetRole

TEXTS = {
    EventKind.OPENED: "opened",
    EventKind.COMMENTED: "somebody wrote again",
    EventKind.ROUTED: "sent to {team}",
    EventKind.ASSIGNED: "assigned",
    EventKind.ANSWERED: "answered by the brand on X",
    EventKind.STATE_CHANGED: "{from_value} to {to_value}",
    EventKind.SOLVED: "solved",
    EventKind.REOPENED: "reopened",
    EventKind.CLOSED: "closed",
    EventKind.BREACHED: "first response overdue",
    EventKind.ESCALATED: "escalated to {team}",
    EventKind.PRIORITY_CHANGED: "priority {from_value} to {to_value}",
    EventKind.CATEGORY_CHANGED: "category {from_value} to {to_value}",
    EventKind.NOTED: "note added",
    EventKind.LINKED: "linked to a problem",
    EventKind.DELIVERED: "sent to the help desk",
    EventKind.ERASED: "text erased: deleted on X",
}
ADDED = {TweetRole.BRAND_REPLY: "the brand wrote", TweetRole.ORIGINAL: "the tweet that it answers was added"}
"""The texts of `COMMENTED` for what no customer wrote in the conversation."""
BREACHES = (EventKind.BREACHED, EventKind.ESCALATED)


def in_words(event: dict[str, Any]) -> dict[str, Any]:
    """{at, text, actor, is_late} of an event; `text` is complete without the actor."""
    kind = EventKind(event["kind"])
    values = {name: plain(event[name]) for name in ("from_value", "to_value", "team")}
    added = ADDED.get(event["to_value"]) if kind == EventKind.COMMENTED else None
    text = added or TEXTS.get(kind, plain(kind.value)).format(**values)
    return {"at": event["occurred_at"], "text": text, "actor": event["actor"], "is_late": kind in BREACHES}


def plain(value: str) -> str:
    return value.replace("_", " ") or "none"
