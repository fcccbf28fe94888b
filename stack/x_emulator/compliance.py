"""Compliance events, and which tweets and accounts they hide."""

from dataclasses import dataclass
from typing import Any

from stack.x_emulator.clock import iso
from stack.x_emulator.contract import Json, table
from stack.x_emulator.posts import Post, PostStore

PARTITIONS = 4


@dataclass(frozen=True)
class Event:
    """One line of a compliance stream; `at` in seconds of the emulator's clock."""

    kind: str
    subject: int
    at: float
    document: Json

    @property
    def endpoint(self) -> str:
        is_tweet = self.kind in table("contract")["compliance"]["tweet_events"]
        return "tweets_compliance_stream" if is_tweet else "users_compliance_stream"

    @property
    def partition(self) -> int:
        return self.subject % PARTITIONS + 1


class Compliance:
    """The state of tweets and accounts after all events so far."""

    def __init__(self, store: PostStore) -> None:
        self._store = store
        self.events: list[Event] = []
        self._tweets: dict[str, tuple[str, float]] = {}
        self._users: dict[str, tuple[str, float]] = {}
        self._scrubbed: dict[str, int] = {}
        self._withheld: dict[str, list[str]] = {}

    def record(self, kind: str, at: float, subject: str, **about: Any) -> Event:
        """Record an event about the id of a tweet or an account. Raises ValueError for an unknown kind.

        `about`: author_id, countries, up_to_tweet_id, edit_tweet_ids, profile_field, new_value, as the kind requires.
        """
        rules = table("contract")["compliance"]
        if kind not in (*rules["tweet_events"], *rules["user_events"]):
            raise ValueError(
                f"{kind!r} is no compliance event; known kinds are {rules['tweet_events'] + rules['user_events']}"
            )
        place = self._tweets if kind in rules["tweet_events"] else self._users
        if kind in rules["hidden"]:
            place[subject] = (kind, at)
        elif kind in rules["restored"]:
            place.pop(subject, None)
        elif kind == "scrub_geo":
            self._scrubbed[subject] = int(about["up_to_tweet_id"])
        elif kind == "withheld":
            self._withheld[subject] = list(about["countries"])
        event = Event(kind, int(subject), at, {"data": {kind: _body(kind, subject, iso(at), about)}})
        self.events.append(event)
        return event

    def hides(self, tweet_id: str) -> str | None:
        """The problem that a lookup of this tweet returns, or None if the tweet is visible."""
        return _problem(self._hiding(tweet_id))

    def hides_user(self, user_id: str) -> str | None:
        return _problem(self._users.get(user_id))

    def redaction(self, tweet_id: str) -> tuple[str, str, float] | None:
        """(action, reason, time) as a batch job reports it for a tweet, or None."""
        hiding = self._hiding(tweet_id)
        if hiding:
            return _redaction(hiding)
        if int(tweet_id) <= self._scrubbed.get(self._author(tweet_id), 0):
            return "scrub_geo", "scrub_geo", 0.0
        return None

    def user_redaction(self, user_id: str) -> tuple[str, str, float] | None:
        hiding = self._users.get(user_id)
        return _redaction(hiding) if hiding else None

    def _hiding(self, tweet_id: str) -> tuple[str, float] | None:
        """The event that hides a tweet: about it, another version of it, its author, or the tweet that it retweets."""
        if not self._tweets and not self._users:
            return None
        post = self._store.get(int(tweet_id))
        versions = [str(each) for each in post.history] if post else [tweet_id]
        found = [self._tweets.get(each) for each in versions] + [self._users.get(self._author(tweet_id))]
        roots = [str(about) for kind, about in post.references if kind == "retweeted"] if post else []
        return next(filter(None, found), None) or next(filter(None, map(self._hiding, roots)), None)

    def _author(self, tweet_id: str) -> str:
        post = self._store.get(int(tweet_id))
        return post.author_id if post else str(self._store.background.get(tweet_id, {}).get("author_id", ""))

    def amend(self, post: Post, data: Json) -> Json:
        """The payload without a scrubbed place, with the countries in which it is withheld."""
        if "geo" in data and post.id <= self._scrubbed.get(post.author_id, 0):
            data = {name: value for name, value in data.items() if name != "geo"}
        countries = self._withheld.get(str(post.id))
        return data | {"withheld": {"copyright": False, "country_codes": countries}} if countries else data


def _problem(hiding: tuple[str, float] | None) -> str | None:
    found: str | None = table("contract")["compliance"]["hidden"][hiding[0]]["problem"] if hiding else None
    return found


def _redaction(hiding: tuple[str, float]) -> tuple[str, str, float]:
    return "delete", table("contract")["compliance"]["hidden"][hiding[0]]["reason"], hiding[1]


def _body(kind: str, subject: str, at: str, about: dict[str, Any]) -> Json:
    tweet = {"id": subject, "author_id": str(about.get("author_id", "0"))}
    if kind in ("delete", "drop", "undrop"):
        return {"tweet": tweet, "event_at": at}
    if kind == "withheld":
        return {"tweet": tweet, "withheld_in_countries": list(about["countries"]), "event_at": at}
    if kind == "tweet_edit":
        ids = [str(each) for each in about["edit_tweet_ids"]]
        return {"tweet": {"id": subject}, "initial_tweet_id": ids[0], "edit_tweet_ids": ids, "event_at": at}
    user: Json = {"user": {"id": subject}, "event_at": at}
    if kind == "scrub_geo":
        return user | {"up_to_tweet_id": str(about["up_to_tweet_id"])}
    if kind == "user_withheld":
        return user | {"withheld_in_countries": list(about["countries"])}
    if kind == "user_profile_modification":
        return user | {"profile_field": str(about["profile_field"]), "new_value": str(about["new_value"])}
    return user
