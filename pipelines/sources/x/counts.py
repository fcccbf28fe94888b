"""How many posts a rule would bring: X's counts of the last seven days, and what they come to in a month.

Counts follow X's search: they know no retweets, which the stream does deliver.
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

WEEKS_A_MONTH = 365.25 / 12 / 7


def read_monthly_posts(
    client: tweepy.Client, rules: Sequence[Rule], max_query_characters: int
) -> dict[str, int | None]:
    """{rule's value: posts a month}, None where X cannot count them; the JobError of the cause when X refuses it all.

    A rule that is too long for one query is counted in parts: a post that fits several of them counts in each.
    """
    found: dict[str, int | None] = dict.fromkeys((rule.value for rule in rules), None)
    for rule in rules:
        queries, left_out = search_queries(rule, max_query_characters)
        try:
            week = sum(_count_week(client, query) for query in queries)
        except FAILURES as error:
            failure = classify_exception(error)
            if failure.cause is Cause.RATE_LIMITED:
                logger.warning("not every rule is counted: %s", failure)
                break
            if failure.cause is not Cause.BAD_REQUEST:
                raise failure.error() from None
            continue
        if not left_out:
            found[rule.value] = round(week * WEEKS_A_MONTH)
    return found


def _count_week(client: tweepy.Client, query: str) -> int:
    """In the old names and in the new ones, which say post for tweet."""
    answer: dict[str, Any] = client.get_recent_tweets_count(query, granularity="day")
    meta = answer.get("meta") or {}
    total = meta.get("total_tweet_count", meta.get("total_post_count"))
    if total is not None:
        return int(total)
    return sum(int(each.get("tweet_count", each.get("post_count", 0))) for each in answer.get("data") or ())
