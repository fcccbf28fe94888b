"""How many topics a brand has, and which: NMF for each number, compared on the same texts.

Of the numbers whose topics are diverse (MIN_DIVERSITY) and leave few tweets unclassified (MAX_UNCLASSIFIED) the best
has the highest mean c_v; chosen is the smallest whose c_v is within one standard error of it. Topics of the last fit,
fitted again from where they were, stay while they are as good as that. A topic of fewer than `min_authors` authors is
dropped: its tweets are unclassified.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.sparse import csr_matrix

from models.topics.coherence import c_v, count_occurrences, diversity, mean_npmi
from models.topics.factors import Factors, Numbers, assign_texts, associate_terms, fit_factors
from models.topics.matching import Loadings
from models.topics.vocabulary import Text, Vocabulary, build_vocabulary, count_terms
from models.topics.words import terms_of

MIN_DIVERSITY, MAX_UNCLASSIFIED = 0.7, 0.25


@dataclass(frozen=True)
class Rules:
    """What is tried: numbers of topics, the seed, and how many authors a term and a topic need."""

    numbers: Sequence[int]
    seed: int
    min_authors: int


@dataclass(frozen=True)
class Quality:
    """The figures of one number of topics; `error` is the standard error of the mean c_v over the topics."""

    topics: int
    c_v: float
    error: float
    npmi: float
    diversity: float
    unclassified: float


@dataclass(frozen=True)
class TopicFit:
    """The chosen factors of a vocabulary, and what was tried; `factors` is None where the texts have no topics."""

    vocabulary: Vocabulary
    factors: Factors | None
    tried: tuple[Quality, ...]
    chosen: Quality | None


def fit_topics(
    texts: Sequence[Text],
    rules: Rules,
    step: Callable[[], object] = lambda: None,
    known: Mapping[str, Loadings] | None = None,
) -> TopicFit:
    """Fit each number of topics; `step` is called after each. `known`: the topics of the last fit."""
    vocabulary = build_vocabulary(texts, rules.min_authors)
    terms = [terms_of(text.words, vocabulary.pattern) for text in texts]
    found = count_terms(terms, {term: place for place, term in enumerate(vocabulary.terms)})
    scores = associate_terms(found)
    numbers = [number for number in rules.numbers if number < len(vocabulary.terms)]
    starts: list[tuple[int, Numbers | None]] = [(number, None) for number in numbers]
    stored = place_loadings(known or {}, vocabulary)
    if len(stored):
        starts.append((len(stored), stored))
    fits: list[tuple[Factors, Quality]] = []
    for number, start in starts:
        fitted = fit_factors(scores, vocabulary.tweet_counts, number, rules.seed, start)
        large = drop_small(fitted, texts, found, vocabulary, rules.min_authors)
        fits.append((large, measure(large, terms, found, vocabulary)))
        step()
    tried = tuple(quality for _, quality in fits)
    best = choose(tried, tried[-1] if len(stored) else None)
    factors = next((each for each, quality in fits if quality is best), None)
    return TopicFit(vocabulary, factors, tried, best)


def place_loadings(known: Mapping[str, Loadings], vocabulary: Vocabulary) -> Numbers:
    """[topic, term] the loadings of the topics that still have a term in the vocabulary."""
    rows = [[loadings.get(term, 0.0) for term in vocabulary.terms] for loadings in known.values()]
    kept = [row for row in rows if any(row)]
    return np.array(kept, dtype=float).reshape(len(kept), len(vocabulary.terms))


def choose(tried: Sequence[Quality], stored: Quality | None = None) -> Quality | None:
    """The smallest number within one standard error of the best c_v; where all leave too many, the fewest left.

    `stored`, one of them, is chosen where it is within that error, too: nothing is renamed without a gain.
    """
    known = [one for one in tried if one.topics]
    diverse = [one for one in known if one.diversity >= MIN_DIVERSITY] or known
    fitting = [one for one in diverse if one.unclassified <= MAX_UNCLASSIFIED]
    if not fitting:
        return min(diverse, key=lambda one: one.unclassified, default=None)
    best = max(fitting, key=lambda one: one.c_v)
    near = [one for one in fitting if one.c_v >= best.c_v - best.error]
    return next((one for one in near if one is stored), min(near, key=lambda one: one.topics))


def measure(factors: Factors, terms: Sequence[Sequence[str]], found: csr_matrix, vocabulary: Vocabulary) -> Quality:
    """The quality of fitted topics on these texts."""
    topics = top_terms(factors, vocabulary)
    counted = count_occurrences(terms, {term for topic in topics for term in topic})
    scores = c_v(topics, counted) or [0.0]
    labels, _ = assign_texts(found, factors, vocabulary.rarity)
    return Quality(
        len(topics),
        float(np.mean(scores)),
        float(np.std(scores) / sqrt(len(scores))),
        float(np.mean(mean_npmi(topics, counted) or [0.0])),
        diversity(topics),
        float((labels < 0).mean()) if len(labels) else 0.0,
    )


def top_terms(factors: Factors, vocabulary: Vocabulary) -> list[list[str]]:
    return [[vocabulary.terms[place] for place in top] for top in factors.tops]


def drop_small(
    factors: Factors, texts: Sequence[Text], found: csr_matrix, vocabulary: Vocabulary, min_authors: int
) -> Factors:
    """The factors whose topics have enough authors; without one, the tweets of the others are assigned anew."""
    while len(factors.tops):
        labels, _ = assign_texts(found, factors, vocabulary.rarity)
        authors: list[set[object]] = [set() for _ in factors.tops]
        for label, text in zip(labels, texts, strict=True):
            if label >= 0:
                authors[label].add(text.author)
        sizes = np.array([len(each) for each in authors])
        if sizes.min() >= min_authors:
            break
        smallest = int(sizes.argmin())
        factors = Factors(
            np.delete(factors.loadings, smallest, axis=0),
            tuple(top for place, top in enumerate(factors.tops) if place != smallest),
        )
    return factors
