"""The texts of a segment for marketers: description, persona, recommendation and change summary.

- favourable_voice_share 0..1: (share of authors + share of reach) / 2 x mean sentiment; where reach is unknown, the
  share of authors x mean sentiment. With 1 - sentiment instead it is the voice at risk. It predicts nothing.
- The description shows the published figure of every feature that the name rests on. Of a part of the day and of
  complaint categories no figure is published: it names them in words.
- The persona is invented from medians and shares of 100 members or more: counts to one digit, shares to tenths.
- The change summary compares with the newest figures that are at least a week old.
"""

from collections.abc import Callable, Mapping, Sequence
from math import floor, log10
from typing import Any

from models.privacy.anonymity import SHARE_DECIMALS
from models.segments.features import FEATURES
from models.segments.figures import DAYPARTS
from models.segments.names import SegmentName, SegmentSummary, category_words, over_indexed

PERSONA_MEMBERS = 100
SHOWN = 3
"""How many figures and complaint categories a description shows, if the name does not rest on more."""
_LABELS = {one.name: (one.label, one.unit) for one in FEATURES} | {"complaint_share": ("complaint share", "share")}


def build_description(summary: SegmentSummary, name: SegmentName) -> str:
    """How many authors, and their most telling figures against those of all the brand's authors; first the name's."""
    own, everyone = summary.figures, summary.everyone
    size = _share(own["author_count"], everyone["author_count"])
    sentences = [f"The segment has {own['author_count']:,} authors, {size:.0%} of the brand's authors."]
    shown = list(dict.fromkeys([*name.features, *summary.unusual()]))[: max(SHOWN, len(name.features))]
    figures = [_compared(summary, feature) for feature in shown]
    sentences.append(
        f"What sets them apart: {'; '.join(figures)}."
        if figures
        else "Their figures are close to those of all authors."
    )
    if "complaint_share" not in shown and summary.published("complaint_share"):
        sentences.append(f"{_compared(summary, 'complaint_share').capitalize()}.")
    if name.daypart:
        sentences.append(f"More of them than of all authors are most active {_when(name.daypart)}.")
    topics = [category_words(each) for each in over_indexed(summary)[:SHOWN]]
    if topics:
        sentences.append(f"Their complaints are more often about {_listed(topics)}.")
    return " ".join(sentences)


def build_persona(summary: SegmentSummary) -> str | None:
    """A made-up member; None where there are too few members to make one."""
    own = summary.figures
    if own["author_count"] < PERSONA_MEMBERS:
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
    """The segment's favourable part of all that is said about the brand, 0..1; None where no sentiment is known."""
    sentiment = summary.figures["sentiment_mean"]
    return None if sentiment is None else round(_voice(summary) * sentiment, SHARE_DECIMALS)


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
    """The segment's part of the brand's reach, 0..1; None where it is not published."""
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


def _compared(summary: SegmentSummary, feature: str) -> str:
    """The published figure of a feature beside everyone's."""
    (label, unit), figures = _LABELS[feature], summary.published(feature)
    if figures is None:
        raise ValueError(f"{summary.segment_id}: no figure of {feature} is published")
    own, everyone = (_figure(value, unit) for value in figures)
    return f"{label} {own}{' out of 1' if unit == 'score' else ''} (all authors: {everyone})"


def _voice(summary: SegmentSummary) -> float:
    size, reach = _share(summary.figures["author_count"], summary.everyone["author_count"]), reach_share(summary)
    return size if reach is None else (size + reach) / 2


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


def _when(daypart: str) -> str:
    return "at night" if daypart == "night" else f"in the {daypart}"


def _listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


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


def _figure(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value:.0%}"
    return f"{value:.2f}" if unit == "score" else f"{value:,.10g}"
