"""Names of segments in a marketer's words, by one template: [part of the day] who [about what][, audience].

    Evening complainers about refunds, small audiences

Each place is filled only by what stands out against all the brand's authors. Names tell behaviour seen in tweets, never
what a person is. The same figures give the same name; a person's own name for a segment (conf/brands) goes before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

from models.segment_features import FEATURES
from models.segment_figures import DAYPARTS, Figures

NOTABLE = 0.3
"""Standard deviations from the brand's mean below which a feature says nothing."""
LARGE = 0.5
"""The same for the size of an audience."""
LIFT, POINTS = 1.25, 0.1
"""A share stands out when it is 1.25 times everybody's and a tenth of the authors above it."""
SURE = 1.96

# feature: who its segment is when the feature is high, when it is low; the most unusual one is named.
ACTS = {
    "retweet_share": ("sharers", ""),
    "quote_share": ("commentators", ""),
    "reply_share": ("repliers", ""),
    "sentiment_mean": ("fans", "critics"),
}
# The same, where nothing above stands out.
HABITS = {
    "tweet_count": ("regulars", "occasional authors"),
    "account_age_days": ("long-standing accounts", "newcomers"),
}
CATEGORY_WORDS = {
    "lost_or_damaged": "lost or damaged items",
    "safety_or_fraud": "safety or fraud",
    "other": "other things",
}
WORDS = {feature.name: (feature.high, feature.low) for feature in FEATURES}


@dataclass(frozen=True)
class Portrait:
    """A segment to be told: its centroid (feature -> standard deviations from the mean), its figures and everyone's."""

    segment_id: str
    z: Mapping[str, float]
    figures: Figures
    everyone: Figures

    def stands_out(self, name: str) -> bool:
        """True where a share is clearly above everybody's."""
        own, all_authors = self.figures[name] or 0.0, self.everyone[name] or 0.0
        return bool(own >= LIFT * all_authors and own >= all_authors + POINTS)


def build_names(portraits: Sequence[Portrait]) -> list[str]:
    """A name for each, a word or a number more where two clash."""
    names = [_name(one) for one in portraits]
    for position, one in enumerate(portraits):
        spare = (word for word in _unusual(one) if word not in names[position])
        while names.count(names[position]) > 1 and (word := next(spare, None)):
            names[position] = f"{names[position]}, {word}"
    return [
        name if names.count(name) == 1 else f"{name} ({one.segment_id})"
        for name, one in zip(names, portraits, strict=True)
    ]


def over_indexed(portrait: Portrait) -> list[str]:
    """Complaint categories that are more frequent than in the other segments, the clearest first.

    The log odds ratio over its standard error, half an author added to each count (Haldane and Anscombe), above SURE.
    """
    own, all_authors = portrait.figures.categories, portrait.everyone.categories
    scores = {
        name: _odds(count, sum(own.values()), all_authors[name], sum(all_authors.values()))
        for name, count in own.items()
    }
    return sorted((name for name, score in scores.items() if score > SURE), key=lambda name: (-scores[name], name))


def category_words(category: str) -> str:
    """How a category is said."""
    return CATEGORY_WORDS.get(category, category.replace("_", " "))


def _name(portrait: Portrait) -> str:
    is_complaining = portrait.stands_out("complaint_share")
    day = max(
        DAYPARTS,
        key=lambda part: (portrait.figures[f"peak_{part}"] or 0.0) - (portrait.everyone[f"peak_{part}"] or 0.0),
    )
    when = f"{day} " if portrait.stands_out(f"peak_{day}") else ""
    who = "complainers" if is_complaining else _who(portrait)
    about = [category_words(each) for each in over_indexed(portrait)[:1]] if is_complaining else []
    size = portrait.z.get("followers_count", 0.0)
    audience = ", large audiences" if size >= LARGE else ", small audiences" if size <= -LARGE else ""
    return f"{when}{who}{''.join(f' about {each}' for each in about)}{audience}".capitalize()


def _who(portrait: Portrait) -> str:
    for words in (ACTS, HABITS):
        said = {name: both[0 if portrait.z.get(name, 0.0) > 0 else 1] for name, both in words.items()}
        known = [name for name, word in said.items() if word and abs(portrait.z.get(name, 0.0)) >= NOTABLE]
        if known:
            return said[max(known, key=lambda name: (abs(portrait.z[name]), name))]
    return "average authors"


def _unusual(portrait: Portrait) -> list[str]:
    """Words of the features that stand out, the most unusual first."""
    order = sorted(portrait.z, key=lambda name: (-abs(portrait.z[name]), name))
    return [WORDS[name][0 if portrait.z[name] > 0 else 1] for name in order if abs(portrait.z[name]) >= NOTABLE]


def _odds(own: int, own_total: int, everywhere: int, total: int) -> float:
    """z of the log odds of a category inside against outside."""
    inside, outside = (
        (own + 0.5, own_total - own + 0.5),
        (everywhere - own + 0.5, total - own_total - everywhere + own + 0.5),
    )
    ratio = log(inside[0] / inside[1]) - log(outside[0] / outside[1])
    return ratio / sqrt(sum(1 / count for count in (*inside, *outside)))
