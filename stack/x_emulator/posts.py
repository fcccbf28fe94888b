"""The posts that were played or written, and their authors."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stack.x_emulator.clock import iso, moment_of
from stack.x_emulator.features import Features, features_of

Json = dict[str, Any]
METRICS = ("retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count")
EDIT_SECONDS = 3600


@dataclass(slots=True)
class Template:
    """A tweet to be played: its payload in 2.166 names, and the objects of its includes."""

    data: Json
    users: list[Json] = field(default_factory=list)
    about: dict[str, Json] = field(default_factory=dict)
    """The referenced tweets, by id."""
    media: list[Json] = field(default_factory=list)
    places: list[Json] = field(default_factory=list)
    polls: list[Json] = field(default_factory=list)
    features: Features | None = None

    def prepare(self) -> "Template":
        """Add metrics that old recordings lack, and extract the features for all rules."""
        for data in (self.data, *self.about.values()):
            metrics = data.get("public_metrics", {})
            data["public_metrics"] = {name: int(metrics.get(name) or 0) for name in METRICS}
        users = {user["id"]: user for user in self.users}
        self.features = features_of(self.data, users, self.about, self.media, self.places)
        return self


@dataclass(slots=True)
class Post:
    """A played tweet: a template under a new id; the versions of an edited tweet share `history`."""

    id: int
    template: Template
    features: Features
    conversation: int
    references: tuple[tuple[str, int], ...]
    history: list[int]
    rules: tuple[tuple[int, str | None], ...] = ()
    """(id, tag) of the rules that matched when it was played."""

    @property
    def author_id(self) -> str:
        return str(self.template.data.get("author_id", ""))

    @property
    def kind(self) -> str:
        kinds = self.features.kinds
        return next((kind for kind in ("retweet", "quote", "reply") if kind in kinds), "tweet")

    def data(self) -> Json:
        """The complete payload in 2.166 names."""
        found = dict(self.template.data)
        found["id"] = str(self.id)
        found["created_at"] = iso(moment_of(self.id))
        found["conversation_id"] = str(self.conversation)
        found["edit_history_tweet_ids"] = [str(each) for each in self.history]
        if self.references:
            found["referenced_tweets"] = [{"type": kind, "id": str(about)} for kind, about in self.references]
        if "edit_controls" in found:
            until = iso(moment_of(self.history[0]) // 1 + EDIT_SECONDS)
            found["edit_controls"] = found["edit_controls"] | {"editable_until": until}
        return found


class PostStore:
    """Posts in the order of their ids; `background`: referenced tweets that were not played themselves, by id."""

    def __init__(self) -> None:
        self.users: dict[str, Json] = {}
        self.by_username: dict[str, str] = {}
        self.background: dict[str, Json] = {}
        self._posts: dict[int, Post] = {}
        self._order: list[int] = []

    def __len__(self) -> int:
        return len(self._order)

    def add(self, post: Post) -> None:
        self._posts[post.id] = post
        self._order.append(post.id)

    def know(self, template: Template) -> None:
        """Store the accounts of a template and the tweets that it references."""
        for user in template.users:
            self.know_user(user)
        self.background.update(template.about)

    def know_user(self, user: Json) -> None:
        self.users[user["id"]] = user
        self.by_username[str(user.get("username", "")).lower()] = user["id"]

    def get(self, tweet_id: int) -> Post | None:
        return self._posts.get(tweet_id)

    def data(self, tweet_id: str) -> Json | None:
        """The payload of a played or referenced tweet, in 2.166 names."""
        post = self._posts.get(int(tweet_id))
        return post.data() if post else self.background.get(tweet_id)

    def at(self, start: int, count: int) -> list[Post]:
        """Posts by their number in the order of play."""
        return [self._posts[each] for each in self._order[start : start + count]]

    def newest_first(self, above: int, below: int) -> Iterator[Post]:
        """Posts with `above` < id < `below`."""
        low, high = bisect_right(self._order, above), bisect_left(self._order, below)
        for place in range(high - 1, low - 1, -1):
            yield self._posts[self._order[place]]

    def oldest_first(self, above: int, below: int) -> Iterator[Post]:
        low, high = bisect_right(self._order, above), bisect_left(self._order, below)
        for place in range(low, high):
            yield self._posts[self._order[place]]
