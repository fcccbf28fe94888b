"""X's notices of deleted or changed posts -> events in the form of X's compliance streams, with the reason.

    {"data": {"delete": {"tweet": {"id": "1"}, "event_at": "…", "reason": "deactivated"}}}

`event_at` is X's; where X gives no time, `observed_at` is when it was noticed. X has no events `tweet_protect` and
`tweet_suspend`: they stand for results of batch jobs and lookups, which name the tweet and not its author.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipelines.sources.archive.json_reader import split_line
from pipelines.sources.archive.record import COMPLIANCE, Piece, Record, with_place
from pipelines.sources.lake_ids import StoredTweets

Body = dict[str, Any]
JOBS_NOTE, LOOKUP_NOTE = "compliance:jobs:", "compliance:lookup"
"""Names of the notes with the progress of a batch job (its kind follows) and of a lookup round."""
LOOKUP_FIELDS = ["author_id", "edit_history_tweet_ids", "geo", "withheld"]
_BY_REASON = {
    "tweets": {
        "suspended": "tweet_suspend",
        "protected": "tweet_protect",
        "bounced": "drop",
        "scrub_geo": "scrub_geo",
    },
    "users": {"suspended": "user_suspend", "protected": "user_protect", "scrub_geo": "scrub_geo"},
}
_BY_ACTION = {
    "tweets": {"delete": "delete", "scrub_geo": "scrub_geo"},
    "users": {"delete": "user_delete", "scrub_geo": "scrub_geo"},
}
_BY_PROBLEM = {"resource-not-found": ("delete", "not_found"), "not-authorized-for-resource": ("tweet_protect", "")}


class Event(NamedTuple):
    """One line of compliance.v1; `key` is the id of the tweet or the account."""

    key: str
    value: bytes


def result_event(kind: str, line: bytes) -> Event | None:
    """A line of a batch job's results (`kind`: tweets or users) -> its event; None for an unreadable line."""
    try:
        row = json.loads(line)
        subject, action, reason = str(row["id"]), str(row.get("action", "")), str(row.get("reason", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    name = _BY_REASON[kind].get(reason) or _BY_ACTION[kind].get(action) or action or "unknown"
    about = {"tweet" if kind == "tweets" else "user": {"id": subject}}
    return _event(subject, name, about | _present(event_at=row.get("redacted_at"), reason=reason))


def lookup_events(response: Mapping[str, Any], stored: StoredTweets, observed_at: str) -> list[Event]:
    """The response to a lookup of ids -> events for deleted posts, and for those that differ from the stored ones."""
    errors = [error for error in response.get("errors") or () if error.get("parameter") == "ids"]
    deleted = [_deletion(error, observed_at) for error in errors]
    changed = [event for tweet in response.get("data") or () for event in _changes(tweet, stored, observed_at)]
    return [event for event in deleted if event] + changed


def stream_event(line: bytes) -> Event:
    """A line of a compliance stream as X sent it; the id of its subject is the key."""
    return Event(split_line(line)[0].key or "", line)


def opt_out_event(author_id: str, event_at: str) -> Event:
    """The opt-out of an author, in the same form; X has no such event."""
    return _event(author_id, "opt_out", {"user": {"id": author_id}} | _present(event_at=event_at, reason="opt_out"))


def event_record(event: Event, run: str, number: int, max_record_bytes: int) -> Record:
    """The record of the `number`th event of a run; a redelivery has the same position."""
    piece = Piece(event.value, event.key or None, "v2", COMPLIANCE)
    return with_place(piece, run, (number, 0), max_record_bytes)._replace(kind=COMPLIANCE)


def _deletion(error: Mapping[str, Any], observed_at: str) -> Event | None:
    """None for a problem that says nothing about the tweet itself, such as a temporary one."""
    kind = str(error.get("type", "")).rstrip("/").rpartition("/")[2]
    name, reason = _BY_PROBLEM.get(kind, ("", ""))
    subject = str(error.get("value") or error.get("resource_id") or "")
    if not name or not subject:
        return None
    if "suspended" in str(error.get("detail", "")).lower():
        name, reason = "tweet_suspend", "suspended"
    return _tweet_event(name, {"id": subject}, observed_at, reason=reason or "not_authorized")


def _changes(tweet: Mapping[str, Any], stored: StoredTweets, observed_at: str) -> Iterator[Event]:
    about = {name: tweet[name] for name in ("id", "author_id") if tweet.get(name)}
    history = tweet.get("edit_history_tweet_ids") or tweet.get("edit_history_post_ids") or []
    known = stored.histories.get(int(tweet["id"]), ("itself",))  # an erased version keeps its entry
    if len(history) > len(known):
        versions = {"initial_tweet_id": history[0], "edit_tweet_ids": history}
        yield _tweet_event("tweet_edit", about, observed_at, **versions, reason="edited")
    withheld = tweet.get("withheld") or {}
    if withheld:
        countries = withheld.get("country_codes") or []
        reason = "copyright" if withheld.get("copyright") else "withheld"
        yield _tweet_event("withheld", about, observed_at, withheld_in_countries=countries, reason=reason)
    if int(tweet["id"]) in stored.placed and not tweet.get("geo"):
        yield _tweet_event("scrub_geo", about, observed_at, reason="no_place")


def _tweet_event(name: str, about: Body, observed_at: str, **more: Any) -> Event:
    return _event(about["id"], name, {"tweet": about} | _present(**more, observed_at=observed_at))


def _present(**members: Any) -> Body:
    return {name: value for name, value in members.items() if value not in (None, "")}


def _event(subject: str, name: str, body: Body) -> Event:
    return Event(subject, json.dumps({"data": {name: body}}, separators=(",", ":")).encode())
