"""Names of segments in a marketer's words, by one template: [part of the day] who [about what][, audience].

    Evening complainers about refunds, small audiences

Each place is filled only by what stands out against all the brand's authors, and a word is said only where the figures
told beside it say the same: who repeats must do so clearly more often, fans must be glad and critics cross, and sizes
follow medians. What is only more or less than elsewhere has a word that compares. Names tell behaviour seen in tweets,
never what a person is. The same figures give the same name; a name in conf/brands goes before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import log, sqrt

from models.segments.features import FEATURES
from models.segments.figures import DAYPARTS, Figures

NOTABLE = 0.3
"""Standard deviations from the brand's mean below which a feature says nothing."""
LARGE = 0.5
"""The same for the size of an audience."""
LIFT, POINTS = 1.25, 0.1
"""A share stands out when it is 1.25 times everybody's and a tenth of the authors above it."""
SURE = 1.96
POSITIVE, NEGATIVE = 0.55, 0.45
"""Mean sentiment from which authors favour the brand, and down to which they do not."""

# feature: who its segment is when the feature is high, when it is low; the most unusual one is named.
ACTS = {
    "retweet_share": ("sharers", ""),
    "quote_share": ("commentators", ""),
    "reply_share": ("repliers", ""),
    "sentiment_mean": ("fans", "critics"),
}
# The same, where nothing above stands out.
HABITS = {
    "tweet_count": ("more active authors", "less active authors"),
    "account_age_days": ("older accounts", "newer accounts"),
}
CATEGORY_WORDS = {
    "lost_or_damaged": "lost or damaged items",
    "safety_or_fraud": "safety or fraud",
    "other": "other things",
}
WORDS = {feature.name: (feature.high, feature.low) for feature in FEATURES}
COUNTED = {feature.name for feature in FEATURES if feature.unit == "number"}


@dataclass(frozen=True)
class SegmentSummary:
    """A segment to be told: its centroid (feature -> standard deviations from the mean), its figures and everyone's."""

    segment_id: str
    z: Mapping[str, float]
    figures: Figures
    everyone: Figures

    @property
    def is_positive(self) -> bool:
        """True where sentiment is known and favourable."""
        mood = self.figures["sentiment_mean"]
        return mood is not None and mood >= POSITIVE

    @property
    def is_negative(self) -> bool:
        """True where sentiment is known and unfavourable."""
        mood = self.figures["sentiment_mean"]
        return mood is not None and mood <= NEGATIVE

    def told(self, name: str) -> tuple[float, float] | None:
        """What is told of a feature, the segment's and everyone's: medians of counts, means of rates; None: unknown."""
        figure = f"{name}_median" if name in COUNTED else name
        own, all_authors = (one.values.get(figure) for one in (self.figures, self.everyone))
        return None if own is None or all_authors is None else (own, all_authors)

    def is_unusual(self, name: str, least: float = NOTABLE) -> bool:
        """True where a feature lies `least` or more from the mean, and what is told of it on the same side."""
        far, told = self.z.get(name, 0.0), self.told(name)
        return abs(far) >= least and (told is None or (told[0] - told[1]) * far > 0)

    def unusual(self) -> list[str]:
        """The features that are, the most unusual first."""
        return [name for name in sorted(self.z, key=lambda one: (-abs(self.z[one]), one)) if self.is_unusual(name)]

    def stands_out(self, name: str) -> bool:
        """True where a share is clearly above everybody's."""
        own, all_authors = self.figures[name] or 0.0, self.everyone[name] or 0.0
        return bool(own >= LIFT * all_authors and own >= all_authors + POINTS)


def build_names(summaries: Sequence[SegmentSummary]) -> list[str]:
    """A name for each, a word or a number more where two clash."""
    names = [_name(one) for one in summaries]
    for position, one in enumerate(summaries):
        spare = (word for word in map(partial(_word, one, WORDS), one.unusual()) if word not in names[position])
        while names.count(names[position]) > 1 and (word := next(spare, None)):
            names[position] = f"{names[position]}, {word}"
    return [
        name if names.count(name) == 1 else f"{name} ({one.segment_id})"
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
    """How a category is said."""
    return CATEGORY_WORDS.get(category, category.replace("_", " "))


def _name(summary: SegmentSummary) -> str:
    is_complaining = summary.stands_out("complaint_share") and not summary.is_positive
    day = max(
        DAYPARTS,
        key=lambda part: (summary.figures[f"peak_{part}"] or 0.0) - (summary.everyone[f"peak_{part}"] or 0.0),
    )
    when = f"{day} " if summary.stands_out(f"peak_{day}") else ""
    who = "complainers" if is_complaining else _who(summary)
    about = [category_words(each) for each in over_indexed(summary)[:1]] if is_complaining else []
    size = _word(summary, WORDS, "followers_count") if summary.is_unusual("followers_count", LARGE) else ""
    return f"{when}{who}{''.join(f' about {each}' for each in about)}{f', {size}' if size else ''}".capitalize()


def _who(summary: SegmentSummary) -> str:
    unusual = summary.unusual()
    acts = [_word(summary, ACTS, name) for name in unusual if name in ACTS and _is_so(summary, name)]
    habits = [_word(summary, HABITS, name) for name in unusual if name in HABITS]
    return next(iter([*acts, *habits]), "average authors")


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
