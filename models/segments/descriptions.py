"""What is told of a segment beside its name: description, persona, recommendation, what changed.

- favourable_voice_share 0..1: (share of authors + share of reach) / 2 x mean sentiment, the share
  of authors alone where reach is unknown. The same with 1 - sentiment is at risk. Modest on purpose: no money, no
  prediction.
- The persona is invented: medians and shares of all members, counts to one digit, shares to tenths. It is told
  of 100 members or more.
- What changed is told against the newest figures that are a week old or older.
"""

from collections.abc import Callable, Mapping
from math import floor, log10
from typing import Any

from models.privacy.anonymity import SHARE_DECIMALS
from models.segments.features import FEATURES, Feature
from models.segments.figures import DAYPARTS
from models.segments.names import SegmentSummary, category_words, over_indexed

FEWEST_MEMBERS = 100
TOLD = 3
_TOLD = {feature.name: feature for feature in FEATURES}


def build_description(summary: SegmentSummary) -> str:
    """How many authors, and their most unusual figures against those of the brand's authors, in plain units."""
    own, everyone = summary.figures, summary.everyone
    said = [
        f"{own['author_count']:,} authors, {_share(own['author_count'], everyone['author_count']):.0%} of the brand's."
    ]
    known = [(_TOLD[name], told) for name in summary.unusual() if (told := summary.told(name))]
    figures = [
        f"{one.told} {_figure(one, here)} (all authors: {_figure(one, elsewhere)})"
        for one, (here, elsewhere) in known[:TOLD]
    ]
    said.append(f"Most unusual: {'; '.join(figures)}." if figures else "They are like the average author.")
    if own["complaint_share"] is not None:
        said.append(
            f"{own['complaint_share']:.0%} of their tweets complain (all authors: {everyone['complaint_share']:.0%})."
        )
    above = [category_words(each) for each in over_indexed(summary)[:TOLD]]
    return " ".join([*said, *([f"More often than others about {', '.join(above)}."] if above else [])])


def build_persona(summary: SegmentSummary) -> str | None:
    """A made-up member; None where there are too few members to make one."""
    own = summary.figures
    if own["author_count"] < FEWEST_MEMBERS:
        return None
    said = [say(own[name]) for name, say in _MEDIANS.items() if own[name] is not None]
    peaks = {part: own[f"peak_{part}"] for part in DAYPARTS if own[f"peak_{part}"] is not None}
    if peaks:
        day = max(peaks, key=lambda part: peaks[part])
        said.append("mostly at night" if day == "night" else f"mostly in the {day}")
    for name, words in (("reply_share", "replies"), ("retweet_share", "retweets"), ("complaint_share", "complaints")):
        tenths = round((own[name] or 0.0) * 10)
        said += [f"{tenths} in 10 are {words}"] if tenths >= 2 else []
    return f"Invented from medians: {', '.join(said)}."


def favourable_voice_share(summary: SegmentSummary) -> float | None:
    """Share of favourable voice 0..1; None where no sentiment is known."""
    mood = summary.figures["sentiment_mean"]
    return None if mood is None else round(_voice(summary) * mood, SHARE_DECIMALS)


def build_recommendation(summary: SegmentSummary) -> str:
    """The value in words, with what to do about it."""
    own, mood = summary.figures, summary.figures["sentiment_mean"]
    size, reach = _share(own["author_count"], summary.everyone["author_count"]), reach_share(summary)
    told = f"{size:.0%} of the authors, " + ("reach unknown" if reach is None else f"{reach:.0%} of the reach")
    if mood is None:
        return f"{told}; no sentiment known."
    voice = _voice(summary)
    act = "Amplify" if summary.is_positive else "Win back" if summary.is_negative else "Inform"
    return f"{act}: {told}; {voice * mood:.0%} of all voice is favourable here, {voice * (1 - mood):.0%} at risk."


def reach_share(summary: SegmentSummary) -> float | None:
    """The segment's part of the brand's reach, 0..1; None where it is not told."""
    own = summary.figures["reach"]
    return None if own is None else _share(own, summary.everyone["reach"])


def build_change_summary(summary: SegmentSummary, before: Mapping[str, Any] | None) -> str:
    """What is different from `before`, a row of gold.segment_history; None: nothing so old is known."""
    if before is None:
        return "No figures of a week ago to compare with."
    own, since = summary.figures, before["measured_on"]
    said = [f"{own['author_count'] - before['author_count']:+,} authors (now {own['author_count']:,})"]
    for name, told, form in (("sentiment_mean", "sentiment", ".2f"), ("complaint_share", "complaints", ".0%")):
        then, now = before[name], own[name]
        if then is not None and now is not None and format(then, form) != format(now, form):
            said.append(f"{told} {then:{form}} -> {now:{form}}")
    return f"Since {since:%Y-%m-%d}: {'; '.join(said)}."


def _voice(summary: SegmentSummary) -> float:
    size, reach = _share(summary.figures["author_count"], summary.everyone["author_count"]), reach_share(summary)
    return size if reach is None else (size + reach) / 2


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


def _coarse(value: float) -> str:
    """One significant digit."""
    if value <= 0:
        return "0"
    digits = floor(log10(value))
    return f"{round(value / 10**digits) * 10**digits:,.0f}"


def _age(days: float) -> str:
    years = days / 365.25
    return f"account of {round(years)} years" if years >= 1.5 else "account of about a year or less"


_MEDIANS: dict[str, Callable[[float], str]] = {
    "followers_count_median": lambda count: f"about {_coarse(count)} followers",
    "following_count_median": lambda count: f"follows {_coarse(count)}",
    "account_age_days_median": _age,
    "tweet_count_median": lambda count: f"{_coarse(count)} tweets about the brand",
}


def _figure(feature: Feature, value: float) -> str:
    if feature.unit == "share":
        return f"{value:.0%}"
    return f"{value:.2f}" if feature.unit == "score" else f"{value:,.10g}"
