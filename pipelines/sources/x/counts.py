"""A forecast of the posts per month of each rule, from X's counts of the last seven days.

Counts follow X's search: they leave out retweets, which the stream delivers.
"""

import logging
from collections.abc import Sequence
from typing import Any

import tweepy

from conf.brand.rules import Rule, search_queries
from pipelines.sources.x.causes import Cause
from pipelines.sources.x.clients import FAILURES
from pipelines.sources.x.failures import classify_exception

logger = logging.getLogger("brandpulse.x")

WEEKS_PER_MONTH = 365.25 / 12 / 7


def read_monthly_posts(
    client: tweepy.Client, rules: Sequence[Rule], max_query_characters: int
) -> dict[str, int | None]:
    """{rule's value: posts per month}, None where X cannot count them; the JobError of any other cause.

    A rule that is too long for one query is counted in parts: a post that matches several of them counts in each.
    """
    found: dict[str, int | None] = dict.fromkeys((rule.value for rule in rules), None)
    for rule in rules:
        queries, left_out = search_queries(rule, max_query_characters)
        try:
            week = sum(_count_week(client, query) for query in queries)
        except FAILURES as error:
            failure = classify_exception(error)
            if failure.cause is Cause.RATE_LIMITED:
                logger.warning("some rules are not counted: %s", failure)
                break
            if failure.cause is not Cause.BAD_REQUEST:
                raise failure.error() from None
            continue
        if not left_out:
            found[rule.value] = round(week * WEEKS_PER_MONTH)
    return found


def _count_week(client: tweepy.Client, query: str) -> int:
    """Understands X's old field names and the new ones, with `post` in place of `tweet`."""
    response: dict[str, Any] = client.get_recent_tweets_count(query, granularity="day")
    meta = response.get("meta") or {}
    total = meta.get("total_tweet_count", meta.get("total_post_count"))
    if total is not None:
        return int(total)
    return sum(int(each.get("tweet_count", each.get("post_count", 0))) for each in response.get("data") or ())
