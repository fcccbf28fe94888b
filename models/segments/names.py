"""Names of segments in a marketer's words, by one template: Who [about a topic | with an audience] [(details)].

    Frequent complainers about delays (evenings, small audiences)

Details are the part of the day and whatever tells two equal names apart. A word is used only where the segment stands
out against all the brand's authors, and a feature gives a word only where a published figure, which the description
repeats, lies on the same side: enthusiasts have positive sentiment, critics negative, and sizes follow medians. Names
describe behaviour seen in tweets, never what a person is. The same figures give the same name; a name in conf/brands
replaces it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt

from models.segments.features import FEATURES
from models.segments.figures import DAYPARTS, Figures

NOTABLE = 0.3
"""Standard deviations from the brand's mean below which a feature is not named."""
LARGE = 0.5
"""The same for the size of an audience."""
LIFT, POINTS = 1.25, 0.1
"""A share stands out when it is at least 1.25 times everybody's and 0.1 above it."""
SURE = 1.96
POSITIVE, NEGATIVE = 0.55, 0.45
"""Mean sentiment from which authors are positive, and down to which they are negative."""

# feature: who the authors are when the feature is high, and when it is low; the most unusual feature gives the noun.
ACTS = {
    "retweet_share": ("frequent retweeters", ""),
    "quote_share": ("commentators", ""),
    "reply_share": ("frequent repliers", ""),
    "sentiment_mean": ("enthusiasts", "critics"),
}
# The same, where no act stands out.
HABITS = {
    "tweet_count": ("frequent tweeters", "occasional tweeters"),
    "account_age_days": ("owners of older accounts", "owners of newer accounts"),
}
CATEGORY_WORDS = {
    "delay": "delays",
    "cancellation": "cancellations",
    "booking": "bookings",
    "technical": "technical problems",
    "lost_or_damaged": "lost or damaged items",
    "safety_or_fraud": "safety or fraud",
    "other": "other topics",
}
WORDS = {feature.name: (feature.high, feature.low) for feature in FEATURES}
COUNTED = {feature.name for feature in FEATURES if feature.unit == "number"}


@dataclass(frozen=True)
class SegmentSummary:
    """A segment to describe: centroid (feature -> standard deviations from the mean), its figures and everyone's."""

    segment_id: str
    z: Mapping[str, float]
    figures: Figures
    everyone: Figures

    @property
    def is_positive(self) -> bool:
        """True where sentiment is known and favourable."""
        sentiment = self.figures["sentiment_mean"]
        return sentiment is not None and sentiment >= POSITIVE

    @property
    def is_negative(self) -> bool:
        """True where sentiment is known and unfavourable."""
        sentiment = self.figures["sentiment_mean"]
        return sentiment is not None and sentiment <= NEGATIVE

    def published(self, name: str) -> tuple[float, float] | None:
        """The published figure of a feature, the segment's and everyone's: medians of counts, means of rates."""
        figure = f"{name}_median" if name in COUNTED else name
        own, all_authors = (one.values.get(figure) for one in (self.figures, self.everyone))
        return None if own is None or all_authors is None else (own, all_authors)

    def is_unusual(self, name: str, minimum: float = NOTABLE) -> bool:
        """True where a feature lies `minimum` or more from the mean, and its published figure on the same side."""
        z, figures = self.z.get(name, 0.0), self.published(name)
        return figures is not None and abs(z) >= minimum and (figures[0] - figures[1]) * z > 0

    def unusual(self) -> list[str]:
        """The unusual features, the most unusual first."""
        return [name for name in sorted(self.z, key=lambda one: (-abs(self.z[one]), one)) if self.is_unusual(name)]

    def stands_out(self, name: str) -> bool:
        """True where a share is clearly above everybody's."""
        own, all_authors = self.figures[name] or 0.0, self.everyone[name] or 0.0
        return bool(own >= LIFT * all_authors and own >= all_authors + POINTS)


@dataclass(frozen=True)
class SegmentName:
    """A name by the template, and what it rests on: `features` whose figures the description shows, a part of the day.

    `noun` is who the authors are, with their topic or audience.
    """

    noun: str
    details: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    daypart: str | None = None

    @property
    def text(self) -> str:
        """The name as it is shown."""
        details = f" ({', '.join(self.details)})" if self.details else ""
        return f"{self.noun[0].upper()}{self.noun[1:]}{details}"

    def with_detail(self, detail: str, *features: str) -> "SegmentName":
        """The name with one more detail, which rests on `features`."""
        return replace(self, details=(*self.details, detail), features=(*self.features, *features))


def build_names(summaries: Sequence[SegmentSummary]) -> list[SegmentName]:
    """A name for each segment, with more details, at last its id, where two names are equal."""
    names = [_name(one) for one in summaries]
    texts = [name.text for name in names]
    for position, one in enumerate(summaries):
        for feature in one.unusual():
            if texts.count(texts[position]) > 1 and feature not in names[position].features:
                names[position] = names[position].with_detail(_word(one, WORDS, feature), feature)
                texts[position] = names[position].text
    return [
        name if texts.count(name.text) == 1 else name.with_detail(one.segment_id)
        for name, one in zip(names, summaries, strict=True)
    ]


def over_indexed(summary: SegmentSummary) -> list[str]:
    """Complaint categories that are more frequent than in the other segments, the clearest first.

    The log odds ratio over its standard error, half an author added to each count (Haldane and Anscombe), above SURE.
    """
    own, everyone = summary.figures, summary.everyone
    scores = {
        name: _odds(count, own.complainers, everyone.categories[name], everyone.complainers)
        for name, count in own.categories.items()
    }
    return sorted((name for name, score in scores.items() if score > SURE), key=lambda name: (-scores[name], name))


def category_words(category: str) -> str:
    """The words for a category in a sentence."""
    return CATEGORY_WORDS.get(category, category.replace("_", " "))


def _name(summary: SegmentSummary) -> SegmentName:
    noun, features = _who(summary)
    topics = over_indexed(summary)[:1] if "complaint_share" in features else []
    daypart = _daypart(summary)
    details = (f"{daypart}s",) if daypart else ()
    if summary.is_unusual("followers_count", LARGE):
        features, audience = (*features, "followers_count"), _word(summary, WORDS, "followers_count")
        # "Complainers about delays with small audiences" could be read as small audiences of the delays.
        noun, details = (noun, (*details, audience)) if topics else (f"{noun} with {audience}", details)
    topic = "".join(f" about {category_words(each)}" for each in topics)
    return SegmentName(f"{noun}{topic}", details, features, daypart)


def _who(summary: SegmentSummary) -> tuple[str, tuple[str, ...]]:
    """The noun for the authors, and the features that it rests on."""
    if summary.published("complaint_share") and summary.stands_out("complaint_share") and not summary.is_positive:
        return "frequent complainers", ("complaint_share",)
    unusual = summary.unusual()
    acts = [(ACTS, name) for name in unusual if name in ACTS and _is_so(summary, name)]
    habits = [(HABITS, name) for name in unusual if name in HABITS]
    for words, name in (*acts, *habits):
        return _word(summary, words, name), (name,)
    return "average authors", ()


def _daypart(summary: SegmentSummary) -> str | None:
    """The part of the day in which clearly more of the segment's authors are most active than of all authors."""
    peaks = {part: (summary.figures[f"peak_{part}"], summary.everyone[f"peak_{part}"]) for part in DAYPARTS}
    daypart = max(peaks, key=lambda part: (peaks[part][0] or 0.0) - (peaks[part][1] or 0.0))
    return daypart if summary.stands_out(f"peak_{daypart}") else None


def _is_so(summary: SegmentSummary, act: str) -> bool:
    """True where the word for an act that is unusual here holds without the comparison, too."""
    if act == "sentiment_mean":
        return summary.is_positive if summary.z[act] > 0 else summary.is_negative
    return summary.stands_out(act)


def _word(summary: SegmentSummary, words: Mapping[str, tuple[str, str]], name: str) -> str:
    return words[name][0 if summary.z[name] > 0 else 1]


def _odds(own: int, own_total: int, everywhere: int, total: int) -> float:
    """z of the log odds of a category inside against outside."""
    inside, outside = (
        (own + 0.5, own_total - own + 0.5),
        (everywhere - own + 0.5, total - own_total - everywhere + own + 0.5),
    )
    ratio = log(inside[0] / inside[1]) - log(outside[0] / outside[1])
    return ratio / sqrt(sum(1 / count for count in (*inside, *outside)))
