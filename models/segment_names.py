"""Names and descriptions of segments in a marketer's words, by a fixed template from the features that stand out.

They describe behaviour seen in tweets, never what a person is. The same centroids give the same words.
"""

from collections.abc import Mapping, Sequence
from typing import Any

# feature: what it is about (one word a theme), when it is high, when it is low; an empty word is never said.
WORDS: dict[str, tuple[str, str, str]] = {
    "tweet_count": ("activity", "frequent", "occasional"),
    "active_days_count": ("activity", "returning", "seen once"),
    "active_hours_count": ("activity", "active all day", "active at few hours"),
    "followers_count": ("audience", "large audience", "small audience"),
    "following_count": ("following", "follow many", "follow few"),
    "account_tweet_count": ("volume", "heavy tweeters", "light tweeters"),
    "account_age_days": ("age", "long-standing accounts", "new accounts"),
    "engagement_per_tweet": ("response", "widely answered", "little answered"),
    "sentiment_mean": ("sentiment", "positive", "negative"),
    "positive_share": ("sentiment", "positive", "seldom positive"),
    "negative_share": ("sentiment", "negative", "seldom negative"),
    "subjectivity_mean": ("tone", "outspoken", "matter-of-fact"),
    "is_verified": ("verified", "verified accounts", ""),
    "reply_share": ("replies", "mostly replying", "seldom replying"),
    "quote_share": ("quotes", "often quoting", ""),
    "retweet_share": ("retweets", "mostly retweeting", "own words"),
    "night_share": ("night", "active at night", "active by day"),
}
WORDS_A_NAME = 3
NOTABLE = 0.3
"""Standard deviations from the brand's mean below which a feature says nothing."""


def build_names(centroids: Sequence[Mapping[str, float]]) -> list[str]:
    """A name a centroid (feature -> standard deviations): its most unusual features, a word more where two clash."""
    told = [_words(centroid) for centroid in centroids]
    names = [_name(words, WORDS_A_NAME) for words in told]
    for position, words in enumerate(told):
        length = WORDS_A_NAME
        while names.count(names[position]) > 1 and length < len(words):
            length += 1
            names[position] = _name(words, length)
    return [name if names.count(name) == 1 else f"{name} ({number})" for number, name in enumerate(names, start=1)]


def build_description(centroid: Mapping[str, float], means: Mapping[str, Any], everyone: Mapping[str, Any]) -> str:
    """How many authors, and their most unusual figures against those of the brand's authors, in plain units.

    `means` and `everyone` hold author_count and `mean_<feature>` (None where nothing is known).
    """
    size = f"{means['author_count']:,} authors, {means['author_count'] / everyone['author_count']:.0%} of the brand's."
    shown = _ranked(centroid)[:WORDS_A_NAME]
    figures = [
        f"{FIGURES[feature][0]} {_figure(feature, means)} (all authors: {_figure(feature, everyone)})"
        for feature in shown
    ]
    return f"{size} On average: {'; '.join(figures)}." if figures else f"{size} They are like the average author."


FIGURES: dict[str, tuple[str, str]] = {
    "tweet_count": ("tweets", "number"),
    "active_days_count": ("days with a tweet", "number"),
    "active_hours_count": ("hours of the day with a tweet", "number"),
    "followers_count": ("followers", "number"),
    "following_count": ("accounts followed", "number"),
    "account_tweet_count": ("tweets ever", "number"),
    "account_age_days": ("account age in days", "number"),
    "engagement_per_tweet": ("responses a tweet", "number"),
    "sentiment_mean": ("sentiment from 0 to 1", "score"),
    "positive_share": ("positive tweets", "share"),
    "negative_share": ("negative tweets", "share"),
    "subjectivity_mean": ("subjectivity from 0 to 1", "score"),
    "is_verified": ("verified accounts", "share"),
    "reply_share": ("replies", "share"),
    "quote_share": ("quotes", "share"),
    "retweet_share": ("retweets", "share"),
    "night_share": ("tweets at night", "share"),
}
"""How a mean is told: its words, and whether it is a number, a score or a share."""


def _ranked(centroid: Mapping[str, float]) -> list[str]:
    """Notable features, the most unusual of each theme only, the most unusual first."""
    order = sorted(centroid, key=lambda feature: (-abs(centroid[feature]), feature))
    kept: dict[str, str] = {}
    for feature in order:
        theme, high, low = WORDS[feature]
        word = high if centroid[feature] > 0 else low
        if abs(centroid[feature]) >= NOTABLE and word:
            kept.setdefault(theme, feature)
    return list(kept.values())


def _words(centroid: Mapping[str, float]) -> list[str]:
    return [WORDS[feature][1 if centroid[feature] > 0 else 2] for feature in _ranked(centroid)]


def _name(words: list[str], length: int) -> str:
    return ", ".join(words[:length]).capitalize() if words else "Average authors"


def _figure(feature: str, means: Mapping[str, Any]) -> str:
    value, kind = means[f"mean_{feature}"], FIGURES[feature][1]
    if value is None:
        return "unknown"
    if kind == "share":
        return f"{value:.0%}"
    return f"{value:.2f}" if kind == "score" else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
