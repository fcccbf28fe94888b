"""Rules on an author's own figures that flag accounts of bots and brands, which get no segment.

They flag behaviour, not people: no tweet of a flagged author is removed from any count.
"""

from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F

BOT_RULES: dict[str, str] = {
    "repeats itself": "own_text_count >= 20 AND distinct_text_share < 0.25",
    "tweets faster than people": "tweet_count >= 100 AND tweet_count / active_days_count > 72",
    "never sleeps": "tweet_count >= 100 AND active_hours_count >= 23 AND tweet_count / active_days_count > 24",
    "new and loud": "account_age_days < 30 AND account_tweet_count > 50 * (account_age_days + 1)",
}
"""72 tweets per day are one every ten minutes of a waking day of twelve hours."""

BRAND_RULES: dict[str, str] = {
    "answers many people": "replied_authors_count >= 20 AND reply_share >= 0.5 AND coalesce(complaint_share, 0) <= 0.2",
}
"""Customers reply to few accounts and complain; who replies to twenty people and seldom complains is a help desk."""


def is_bot_like() -> Column:
    """True where any of BOT_RULES applies; a rule about an unknown figure does not apply."""
    return _any(BOT_RULES)


def is_brand_account() -> Column:
    """True where any of BRAND_RULES applies; a rule about an unknown figure does not apply."""
    return _any(BRAND_RULES)


def _any(rules: dict[str, str]) -> Column:
    return reduce(or_, [F.coalesce(F.expr(rule), F.lit(False)) for rule in rules.values()])
