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

from models.privacy.limits import SHARE_DECIMALS
from models.segments.features import FEATURES
from models.segments.figures import DAYPARTS
from models.segments.names import SegmentName, SegmentSummary, category_words, over_indexed

PERSONA_MEMBERS = 100
SHOWN = 3
"""How many figures and complaint categories a description shows, if the name does not rest on more."""
_LABELS = {one.name: (one.label, one.unit) for one in FEATURES} | {"complaint_share": ("complaint share", "share")}


def build_description(summary: SegmentSummary, name: SegmentName) -> str:
    """The segment's size, and its most unusual figures beside those of all the brand's authors, the name's first."""
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
        sentences.append(f"Compared with all authors, more of them are most active {_when(name.daypart)}.")
    topics = [category_words(each) for each in over_indexed(summary)[:SHOWN]]
    if topics:
        sentences.append(f"Compared with other authors, more of their complaints are about {_listed(topics)}.")
    return " ".join(sentences)


def build_persona(summary: SegmentSummary) -> str | None:
    """An invented member; None where there are too few members to invent one."""
    own = summary.figures
    if own["author_count"] < PERSONA_MEMBERS:
        return None
    traits = [describe(own[name]) for name, describe in _MEDIANS.items() if own[name] is not None]
    peaks = {part: own[f"peak_{part}"] for part in DAYPARTS if own[f"peak_{part}"] is not None}
    if peaks:
        traits.append(f"tweets mostly {_when(max(peaks, key=lambda part: peaks[part]))}")
    sentences = [f"Invented from medians: a typical member {_listed(traits)}."] if traits else []
    tenths = {
        noun: round((own[f"{kind}_share"] or 0.0) * 10)
        for kind, noun in (("reply", "replies"), ("retweet", "retweets"), ("complaint", "complaints"))
    }
    parts = [f"{count} are {noun}" for noun, count in tenths.items() if count >= 2]
    return " ".join([*sentences, *([f"Of ten tweets, {_listed(parts)}."] if parts else [])]) or None


def favourable_voice_share(summary: SegmentSummary) -> float | None:
    """The segment's favourable part of all that is said about the brand, 0..1; None where no sentiment is known."""
    sentiment = summary.figures["sentiment_mean"]
    return None if sentiment is None else round(_voice(summary) * sentiment, SHARE_DECIMALS)


def build_recommendation(summary: SegmentSummary) -> str:
    """What to do about the segment, and the figures that speak for it."""
    own, sentiment = summary.figures, summary.figures["sentiment_mean"]
    size, reach = _share(own["author_count"], summary.everyone["author_count"]), reach_share(summary)
    weight = f"{size:.0%} of the brand's authors" + (
        ", and their reach is unknown" if reach is None else f" and have {reach:.0%} of the reach"
    )
    if sentiment is None:
        return f"They are {weight}. Their sentiment is unknown."
    voice = _voice(summary)
    action = "Amplify" if summary.is_positive else "Win back" if summary.is_negative else "Inform"
    return (
        f"{action} these authors: they are {weight}. Their favourable share of voice is {voice * sentiment:.0%}; "
        f"another {voice * (1 - sentiment):.0%} is at risk."
    )


def reach_share(summary: SegmentSummary) -> float | None:
    """The segment's part of the brand's reach, 0..1; None where it is not published."""
    own = summary.figures["reach"]
    return None if own is None else _share(own, summary.everyone["reach"])


def build_change_summary(summary: SegmentSummary, before: Mapping[str, Any] | None) -> str:
    """What is different from `before`, a row of gold.segment_history; None: no figures are that old."""
    if before is None:
        return "There are no figures from a week ago to compare with."
    own = summary.figures
    gained, count = own["author_count"] - before["author_count"], f"{own['author_count']:,}"
    change = f"{'rose' if gained > 0 else 'fell'} by {abs(gained):,} to {count}" if gained else f"stayed at {count}"
    clauses = [f"the number of authors {change}"]
    for name, label, form in (
        ("sentiment_mean", "sentiment", ".2f"),
        ("complaint_share", "the complaint share", ".0%"),
    ):
        then, now = before[name], own[name]
        if then is not None and now is not None and format(then, form) != format(now, form):
            clauses.append(f"{label} {'rose' if now > then else 'fell'} from {then:{form}} to {now:{form}}")
    return f"Since {before['measured_on']:%Y-%m-%d}, {_listed(clauses)}."


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


def _counted(value: float, noun: str) -> str:
    """The value with one significant digit."""
    digits = floor(log10(value)) if value > 0 else 0
    count = f"{round(value / 10**digits) * 10**digits:,.0f}" if value > 0 else "0"
    return f"{count} {noun if count == '1' else f'{noun}s'}"


def _age(days: float) -> str:
    years = days / 365.25
    return f"has had an account for {f'{round(years)} years' if years >= 1.5 else 'about a year or less'}"


_MEDIANS: dict[str, Callable[[float], str]] = {
    "followers_count_median": lambda count: f"has about {_counted(count, 'follower')}",
    "following_count_median": lambda count: f"follows about {_counted(count, 'account')}",
    "account_age_days_median": _age,
    "tweet_count_median": lambda count: f"has posted {_counted(count, 'tweet')} about the brand",
}


def _figure(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value:.0%}"
    return f"{value:.2f}" if unit == "score" else f"{value:,.10g}"
