"""A tweet before it becomes a payload."""

from dataclasses import dataclass
from math import exp, log10
from random import Random

from generator.authors import Author
from generator.language import Words


@dataclass(frozen=True, slots=True)
class Luck:
    """The random traits of a tweet: its appeal, the minutes until it is first seen, its share of reactions from outside
    the world, and three numbers 0..1 that decide on its place, media and rules."""

    appeal: float
    lag: float
    outside: float
    place: float
    media: float
    rules: float


def luck(rng: Random) -> Luck:
    return Luck(
        rng.lognormvariate(0.0, 0.9), 5 + 55 * rng.random(), rng.random(), rng.random(), rng.random(), rng.random()
    )


@dataclass(slots=True)
class Post:
    """One tweet of the world.

    ``about`` is the tweet that it refers to on X (for every retweet the root); ``heard_from`` and ``depth`` are of the
    true cascade. ``history``: the ids of all its versions, oldest first. ``replies``, ... are final counts.
    """

    id: str
    at_ms: int
    author: Author
    brand: int
    kind: str
    words: Words
    conversation_id: str
    luck: Luck
    about: "Post | None" = None
    heard_from: str = ""
    depth: int = 0
    incident: int | None = None
    history: tuple[str, ...] = ()
    replies: int = 0
    retweets: int = 0
    quotes: int = 0

    def metrics(self, at_ms: int) -> dict[str, int]:
        """The public metrics at a time; they only grow, mostly in the first hours."""
        if self.kind == "retweet" and self.about:
            counted = self.about.metrics(at_ms)
            zeros = dict.fromkeys(("reply_count", "like_count", "quote_count", "bookmark_count", "impression_count"), 0)
            return {"retweet_count": counted["retweet_count"], **zeros}
        followers = self.author.followers
        appeal = (1.5 + 0.4 * followers**0.6) * self.luck.appeal + 1.2 * self.retweets
        outside = appeal * self.luck.outside * min(1.0, log10(2 + followers) / 5)
        grown = 1.0 - exp(-((at_ms - self.at_ms) / 60_000 + self.luck.lag) / 90.0)
        likes = int(appeal * grown)
        return {
            "retweet_count": int((self.retweets + outside * 0.12) * grown + 0.5),
            "reply_count": int((self.replies + outside * 0.05) * grown + 0.5),
            "like_count": likes,
            "quote_count": int((self.quotes + outside * 0.02) * grown + 0.5),
            "bookmark_count": int(likes * 0.06),
            "impression_count": int((followers * 0.3 + 20 * (likes + 1)) * grown),
        }


@dataclass(slots=True)
class Event:
    """A line to be written at a time: a ``tweet``, its ``repeat``, or a compliance ``notice``."""

    at_ms: int
    order: int
    kind: str
    post: Post
    detail: str = ""

    def __lt__(self, other: "Event") -> bool:
        return (self.at_ms, self.order) < (other.at_ms, other.order)
