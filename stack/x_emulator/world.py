"""The state of the emulator, and the publication of tweets."""

from collections import deque
from typing import Any

from stack.x_emulator.auth import Authenticator
from stack.x_emulator.clock import DAY_SECONDS, Clock, Ids, first_id, moment_of
from stack.x_emulator.compliance import Compliance, Event
from stack.x_emulator.contract import Json, tier
from stack.x_emulator.faults import FaultInjector, Line
from stack.x_emulator.hub import Hub
from stack.x_emulator.jobs import Jobs
from stack.x_emulator.limits import Limits
from stack.x_emulator.options import Credentials, Options
from stack.x_emulator.posts import Post, PostStore, Template
from stack.x_emulator.problems import problem
from stack.x_emulator.rules import RuleBook
from stack.x_emulator.shapes import Renderer
from stack.x_emulator.spell import encode
from stack.x_emulator.usage import Usage

MAX_REQUESTS = 20_000


class World:
    """The state of one emulator; used only on its event loop."""

    def __init__(self, options: Options, credentials: Credentials) -> None:
        self.options, self.tier = options, tier(options.tier)
        self.clock = Clock(options.speed)
        self.ids = Ids()
        self.store = PostStore()
        self.compliance = Compliance(self.store)
        self.renderer = Renderer(self.store, self.compliance)
        self.faults = FaultInjector(self.clock)
        self.hub = Hub(self.clock, self.faults, options.max_waiting_lines)
        self.rules = RuleBook(self.clock, options.rule_delay_seconds, self.tier["rules"], self.tier["rule_characters"])
        self.limits = Limits(self.clock, is_on=options.rate_limits)
        self.authenticator = Authenticator(credentials)
        self.usage = Usage(self.clock, options.monthly_cap)
        self.jobs = Jobs(self.clock, self.compliance)
        self.requests: deque[Json] = deque(maxlen=MAX_REQUESTS)
        self._renamed: dict[str, int] = {}
        """Id in the source -> id under which it was last played."""

    def next_id(self) -> int:
        return self.ids.next(self.clock.now())

    def publish(self, template: Template) -> Post:
        """Play a template under a new id, with references to played tweets of the same source, and deliver it."""
        self.store.know(template)
        post = self._post(template)
        self.store.add(post)
        if len(post.history) > 1:
            self._note_edit(post)
        post.rules = self.rules.matching(post)
        if post.rules and self.why_hidden(post) is None:
            self._deliver(post)
        return post

    def record(self, kind: str, subject: str, **about: Any) -> Event:
        """Record a compliance event and send it to the streams of its kind."""
        event = self.compliance.record(kind, self.clock.now(), subject, **about)
        self.hub.broadcast(event.endpoint, event.partition, event.document)
        return event

    def account(self) -> Json:
        """The account that the user tokens belong to; created if no source contains it."""
        user_id = self.store.by_username.get(self.options.username.lower())
        if user_id is not None:
            return self.store.users[user_id]
        made = {"id": "777000777", "name": self.options.username, "username": self.options.username}
        made["created_at"] = "2015-01-01T00:00:00.000Z"
        self.store.know_user(made)
        return made

    def played_id(self, source_id: str) -> int | None:
        """The id under which a tweet of the source was last played."""
        return self._renamed.get(source_id)

    def why_hidden(self, post: Post) -> str | None:
        """Why a post is not visible (removed, protected, replaced by a later edit), or None."""
        if post.history[-1] != post.id:
            return "superseded"
        return self.compliance.hides(str(post.id))

    def why_unsearchable(self, post: Post, *, is_about_text: bool = True) -> str | None:
        """Why recent search does not return a post (regardless of `end_time`), or None."""
        if "retweet" in post.features.kinds and is_about_text and not self.options.keyword_search_has_retweets:
            return "retweet"
        if moment_of(post.id) < self.clock.now() - self.options.search_days * DAY_SECONDS:
            return "too_old"
        return self.why_hidden(post)

    def oldest_searchable(self) -> int:
        return first_id(self.clock.now() - self.options.search_days * DAY_SECONDS)

    def _post(self, template: Template) -> Post:
        data, new = template.data, self.next_id()
        source_id = str(data.get("id", new))
        self._renamed[source_id] = new
        references = tuple(
            (each["type"], self._renamed.get(each["id"], int(each["id"]))) for each in data.get("referenced_tweets", ())
        )
        conversation = str(data.get("conversation_id", source_id))
        assert template.features is not None, "a template is prepared before it is played"
        return Post(
            new,
            template,
            template.features,
            self._renamed.get(conversation, int(conversation)),
            references,
            self._history(data, source_id, new),
        )

    def _history(self, data: Json, source_id: str, new: int) -> list[int]:
        first = next(iter(data.get("edit_history_tweet_ids", ())), source_id)
        earlier = self.store.get(self._renamed.get(first, 0)) if first != source_id else None
        history = earlier.history if earlier else []
        history.append(new)
        return history

    def _note_edit(self, post: Post) -> None:
        self.record("tweet_edit", str(post.id), edit_tweet_ids=post.history)

    def _deliver(self, post: Post) -> None:
        streams = self.hub.live("filtered_stream")
        if streams and self.usage.is_over:
            for each in streams:
                each.reason = "usage_capped"
                each.put([Line(encode({"errors": [problem("usage_capped")]}), ending="end")])
        elif streams:
            self.usage.read([post.id])
            self.hub.deliver(post.id, lambda shape: self.renderer.line(post, shape))
