"""Small worlds of conversations, for the tests of cascades and influencers."""

from datetime import timedelta
from typing import Any

from tests.builders import NOON, a_tweet, an_id

ROOT, QUOTE, ANSWER, LONELY, ABSENT = (an_id(NOON, number) for number in range(1, 6))
AS_OF = NOON + timedelta(days=1)


def a_reaction(number: int, kind: str, of: str, by: str, minutes: float = 1, **fields: Any) -> dict[str, Any]:
    """A tweet that reacts to the tweet `of`."""
    at = NOON + timedelta(minutes=minutes)
    named = {"retweet": "retweeted_id", "quote": "quoted_id", "reply": "replied_to_id"}[kind]
    given = {"tweet_id": an_id(at, number), "created_at": at, "created_on": at.date(), "author_key": by}
    return a_tweet(**given | {"kind": kind, named: of} | fields)


def of_author(followers: int) -> dict[str, Any]:
    return {"followers_count": followers, "following_count": 10}


def a_conversation() -> list[dict[str, Any]]:
    """ann's tweet with 24 timed retweets and a quote by bob, which has a reply and a retweet; a lonely tweet; and two
    reactions to a tweet that we lack."""
    metrics = {"retweet_count": 30, "like_count": 50, "reply_count": 0, "quote_count": 1}
    spread = [
        a_reaction(100 + n, "retweet", ROOT, f"fan{n:02}", 2 * n, author=of_author(10 * n),
                   mentioned_author_keys=["ann"], metrics={"retweet_count": 30})
        for n in range(1, 25)
    ]  # fmt: skip
    return [
        a_tweet(tweet_id=ROOT, author_key="ann", metrics=metrics, author=of_author(5000)),
        *spread,
        a_reaction(2, "quote", ROOT, "bob", 3, tweet_id=QUOTE, author=of_author(900), brands=["acme", "globex"]),
        a_reaction(3, "reply", QUOTE, "cat", 4, tweet_id=ANSWER, replied_to_author_key="bob"),
        a_reaction(200, "retweet", QUOTE, "ann", 5, mentioned_author_keys=["bob"]),
        a_tweet(tweet_id=LONELY, author_key="dan"),
        a_reaction(300, "retweet", ABSENT, "cat", 6, mentioned_author_keys=["eve"]),
        a_reaction(301, "reply", ABSENT, "dan", 7, replied_to_author_key="eve"),
    ]
