"""Posts between two ids from X's search or mentions: all pages, one payload per post."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import tweepy

from conf.brand.rules import TAG_PREFIX, Rule, search_queries
from pipelines.sources.archive.pages import split_page
from pipelines.sources.x.record import FIELDS
from pipelines.sources.x.retry import Retrier
from pipelines.sources.x.rules import StoredRule

_PAGE_SIZE = 100


@dataclass(frozen=True)
class Found:
    """One post; the payload is that of the stream, without the rules."""

    tweet_id: int
    payload: bytes


@dataclass(frozen=True)
class Query:
    """A search query, and the rule tag for the posts that it finds."""

    text: str
    tag: str


@dataclass(frozen=True)
class Searchable:
    """The queries that replace rules; `left_out` are the rules of which search cannot run a part, or anything."""

    queries: tuple[Query, ...]
    left_out: tuple[str, ...]
    has_retweets: bool
    """False when every rule excludes retweets: then search returns everything that the stream would deliver."""


def read_search(
    client: tweepy.Client, retrier: Retrier, query: str, since_id: int, until_id: int
) -> Iterator[list[Found]]:
    """Pages of posts with since_id < id < until_id that match the query, newest first."""
    call = partial(client.search_recent_tweets, query, since_id=since_id, until_id=until_id)
    yield from _pages(call, retrier, "next_token")


def read_mentions(client: tweepy.Client, retrier: Retrier, user_id: str, since_id: int) -> Iterator[list[Found]]:
    """Pages of posts after `since_id` (0: all that X lists) that mention the account, newest first."""
    bounds = {"since_id": since_id} if since_id else {}
    yield from _pages(partial(client.get_users_mentions, user_id, **bounds), retrier, "pagination_token")


def read_user_id(client: tweepy.Client, retrier: Retrier, handle: str) -> str | None:
    """The id of an account; None when X knows none by that handle."""
    response: dict[str, Any] = retrier.call(partial(client.get_user, username=handle))
    found = response.get("data") or {}
    return str(found["id"]) if "id" in found else None


def searchable(stored: Sequence[StoredRule], ours: Sequence[Rule], max_characters: int) -> Searchable:
    """X's rules -> queries. A rule of a brand file is split when it is too long; any other is used as it is."""
    known = {rule.value: rule for rule in ours}
    queries: list[Query] = []
    left_out: list[str] = []
    for each in stored:
        rule = known.get(each.value) or Rule(each.value, each.tag or f"{TAG_PREFIX}-", terms=(each.value,))
        texts, missing = search_queries(rule, max_characters)
        queries += [Query(text, each.tag) for text in texts]
        left_out += [each.tag or each.id] if missing else []
    has_retweets = any("-is:retweet" not in each.value for each in stored)
    return Searchable(tuple(queries), tuple(dict.fromkeys(left_out)), has_retweets)


def _pages(call: Callable[..., Any], retrier: Retrier, token_name: str) -> Iterator[list[Found]]:
    more: dict[str, str] = {}
    while True:
        page: dict[str, Any] = retrier.call(partial(call, max_results=_PAGE_SIZE, **FIELDS, **more))
        yield [
            _found(payload, tweet) for payload, tweet in split_page(page | {"data": page.get("data") or []}) if tweet
        ]
        token = (page.get("meta") or {}).get("next_token")
        if not token:
            return
        more = {token_name: token}


def _found(payload: bytes, tweet: dict[str, Any]) -> Found:
    return Found(int(tweet["id"]), payload)
