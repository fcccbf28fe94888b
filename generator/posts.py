"""A tweet before it is written down as a payload."""

from dataclasses import dataclass, field
from math import exp, log10

from generator.authors import Author
from generator.language import Words
from generator.seeds import seeded


@dataclass(slots=True)
class Post:
    """One tweet of the world.

    ``about`` is what it refers to on X (the root, for every retweet); ``heard_from`` and ``depth`` are the true
    way it travelled. ``history`` holds the ids of all its versions, oldest first. The totals are final counts.
    """

    id: str
    at_ms: int
    author: Author
    brand: int
    kind: str
    words: Words
    conversation_id: str
    about: "Post | None" = None
    heard_from: str = ""
    depth: int = 0
    incident: int | None = None
    history: tuple[str, ...] = ()
    replies: int = 0
    retweets: int = 0
    quotes: int = 0
    fame: tuple[float, float, float] = field(default=(0.0, 0.0, 0.0))

    def metrics(self, at_ms: int) -> dict[str, int]:
        """Public metrics as seen at a moment: they only grow, most of it in the first hours."""
        if self.kind == "retweet" and self.about:
            counted = self.about.metrics(at_ms)
            zeros = dict.fromkeys(("reply_count", "like_count", "quote_count", "bookmark_count", "impression_count"), 0)
            return {"retweet_count": counted["retweet_count"], **zeros}
        appeal, lag, outside = self.fame if self.fame[0] else self._fame()
        grown = 1.0 - exp(-((at_ms - self.at_ms) / 60_000 + lag) / 90.0)
        likes = int(appeal * grown)
        return {
            "retweet_count": int((self.retweets + outside * 0.12) * grown + 0.5),
            "reply_count": int((self.replies + outside * 0.05) * grown + 0.5),
            "like_count": likes,
            "quote_count": int((self.quotes + outside * 0.02) * grown + 0.5),
            "bookmark_count": int(likes * 0.06),
            "impression_count": int((self.author.followers * 0.3 + 20 * (likes + 1)) * grown),
        }

    def _fame(self) -> tuple[float, float, float]:
        rng = seeded("fame", self.id)
        appeal = (1.5 + 0.4 * self.author.followers**0.6) * rng.lognormvariate(0.0, 0.9) + 1.2 * self.retweets + 0.01
        self.fame = (appeal, rng.uniform(5.0, 60.0), appeal * rng.random() * min(1.0, log10(2 + self.author.followers) / 5))
        return self.fame


@dataclass(slots=True)
class Event:
    """Something to be written at a moment: a ``tweet``, its ``repeat``, or a compliance ``notice``."""

    at_ms: int
    order: int
    kind: str
    post: Post
    detail: str = ""

    def __lt__(self, other: "Event") -> bool:
        return (self.at_ms, self.order) < (other.at_ms, other.order)
