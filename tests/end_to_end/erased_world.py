"""Tweets that refer to one another, notices about some of them, and the traces that an erasure must delete.

Every tweet has its own mark in its text, every author an id of 19 digits; retweets repeat the whole text, quotes
include the quoted tweet, some tweets have a place, some were edited.
"""

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.builders import NOON, an_author, an_id
from tests.end_to_end.byte_search import mark
from tests.erasing import key_of

Json = dict[str, Any]
TWEET_KINDS = ("delete", "drop", "withheld", "tweet_protect", "tweet_suspend")
AUTHOR_KINDS = ("user_delete", "user_protect", "user_suspend", "user_withheld")
AT = "2026-05-05T00:00:00.000Z"


@dataclass
class Tweet:
    tweet_id: str
    author: str
    mark: str
    history: list[str] = field(default_factory=list)
    repeats: "Tweet | None" = None
    quotes: "Tweet | None" = None
    place: str | None = None


class World:
    """`size` originals, a quarter as many retweets, a tenth as many quotes and edits."""

    def __init__(self, size: int, seed: int = 7) -> None:
        self.dice = Random(seed)
        self.tweets: list[Tweet] = []
        self.authors = [an_id(NOON, 4_000_000 + number) for number in range(max(2, size // 4))]
        originals = [self._add() for _ in range(size)]
        for each in originals[:: max(1, size // 50)]:
            each.place = mark(90_000_000 + len(self.tweets) + originals.index(each))
        self.pairs = [(old, self._add(old.author, history=[old.tweet_id])) for old in originals[1 : size // 10]]
        for _ in range(size // 4):
            self._add(repeats=self.dice.choice(originals))
        for _ in range(size // 10):
            self._add(quotes=self.dice.choice(originals))
        self.originals = originals

    def _add(self, author: str | None = None, **more: Any) -> Tweet:
        number = len(self.tweets)
        made = Tweet(an_id(NOON, number), author or self.dice.choice(self.authors), mark(number), **more)
        made.history = [*made.history, made.tweet_id]
        self.tweets.append(made)
        return made

    def payloads(self) -> list[tuple[str, bytes]]:
        """(key, value) of one v2 payload per tweet."""
        return [sent(each) for each in self.tweets]

    def late(self, erased: set[str]) -> list[Tweet]:
        """Tweets that arrive after the erasure: retweets of erased tweets, and tweets of erased authors."""
        left = [each for each in self.tweets if each.tweet_id not in erased]
        repeated = [each for each in self.originals if each.tweet_id in erased][:20]
        authors = [each for each in self.authors if each in erased][:20]
        return [
            *(self._add(self.dice.choice(left).author, repeats=each) for each in repeated),
            *(self._add(each) for each in authors),
        ]

    def notices(self, count: int) -> tuple[list[bytes], "Expected"]:
        """`count` random notices and what they leave. A twentieth is about authors, as many are edits and places."""
        few = count // 20
        authors = self.dice.sample(self.authors, min(few, len(self.authors) // 4))
        edits = self.dice.sample(self.pairs, min(few, len(self.pairs)))
        places = [each for each in self.originals if each.place]
        bodies: list[tuple[str, Json]] = [(self.dice.choice(AUTHOR_KINDS), {"user": {"id": each}}) for each in authors]
        bodies += [
            ("tweet_edit", {"tweet": {"id": new.tweet_id}, "initial_tweet_id": old.tweet_id,
                            "edit_tweet_ids": [old.tweet_id, new.tweet_id]}) for old, new in edits
        ]  # fmt: skip
        bodies += [("scrub_geo", {"tweet": {"id": each.tweet_id}}) for each in places]
        single = self.dice.sample(self.originals, count - len(bodies))
        bodies += [(self.dice.choice(TWEET_KINDS), {"tweet": {"id": each.tweet_id}}) for each in single]
        self.dice.shuffle(bodies)
        lines = [json.dumps({"data": {name: {"event_at": AT} | body}}).encode() for name, body in bodies]
        return lines, Expected(self, set(authors), {t.tweet_id for t in single}, {old.tweet_id for old, _ in edits})


class Expected:
    """The traces that must be erased, and those that must be kept."""

    def __init__(self, world: World, authors: set[str], tweets: set[str], older: set[str]) -> None:
        erased = {each.tweet_id for each in world.tweets if each.author in authors} | tweets
        histories = [set(each.history) for each in world.tweets]
        erased |= {tweet_id for ids in histories if ids & erased for tweet_id in ids} | older
        erased |= {each.tweet_id for each in world.tweets if each.repeats and each.repeats.tweet_id in erased}
        kept = [each for each in world.tweets if each.tweet_id not in erased]
        # A retweet has no words of its own; the text that it repeats is erased with the last tweet that contains it.
        words = {each.mark for each in world.tweets if each.tweet_id in erased and not each.repeats}
        self.erased = erased | authors | {key_of(each) for each in authors} | words
        self.erased |= {each.place for each in world.originals if each.place}
        self.kept = {each.tweet_id for each in kept} | {each.mark for each in kept if not each.repeats}


def sent(tweet: Tweet) -> tuple[str, bytes]:
    return tweet.tweet_id, json.dumps(payload_of(tweet)).encode()


def payload_of(tweet: Tweet) -> Json:
    text = f"the coffee was fine {tweet.mark}"
    data: Json = {
        "id": tweet.tweet_id, "author_id": tweet.author, "created_at": "2026-05-04T12:00:00.000Z", "lang": "en",
        "text": text, "conversation_id": tweet.tweet_id, "edit_history_tweet_ids": tweet.history,
        "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4},
    }  # fmt: skip
    includes: Json = {"users": [an_author(tweet.author)]}
    if tweet.place:
        data["geo"], includes["places"] = {"place_id": tweet.place}, [{"id": tweet.place, "full_name": tweet.place}]
    other = tweet.repeats or tweet.quotes
    if other:
        kind = "retweeted" if tweet.repeats else "quoted"
        data["referenced_tweets"] = [{"type": kind, "id": other.tweet_id}]
        words = f"the coffee was fine {other.mark}"
        includes["tweets"] = [{"id": other.tweet_id, "author_id": other.author, "text": words}]
        data["conversation_id"] = other.tweet_id
        if tweet.repeats:
            data["text"] = f"RT @quiet_otter_1: {words}"
        else:
            link = f"https://twitter.com/quiet_otter_1/status/{other.tweet_id}"
            data["entities"] = {"urls": [{"url": "https://t.co/a", "expanded_url": link}]}
    return {"data": data, "includes": includes, "matching_rules": [{"id": "1", "tag": "brand:acme"}]}
