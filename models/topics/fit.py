"""How many topics a brand has, and which: NMF for each number, compared on the same texts.

Of the numbers whose topics are diverse (MIN_DIVERSITY) and leave few tweets unclassified (MAX_UNCLASSIFIED) the best
has the highest mean c_v; chosen is the smallest whose c_v is within one standard error of it. A topic of fewer than
`min_authors` authors is dropped: its tweets are unclassified.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.sparse import csr_matrix

from models.topics.coherence import c_v, count_occurrences, diversity, mean_npmi
from models.topics.factors import Factors, assign_texts, associate_terms, fit_factors
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


def fit_topics(texts: Sequence[Text], rules: Rules, step: Callable[[], object] = lambda: None) -> TopicFit:
    """Fit each number of topics; `step` is called after each."""
    vocabulary = build_vocabulary(texts, rules.min_authors)
    terms = [terms_of(text.words, vocabulary.pattern) for text in texts]
    found = count_terms(terms, {term: place for place, term in enumerate(vocabulary.terms)})
    scores = associate_terms(found)
    numbers = [number for number in rules.numbers if number < len(vocabulary.terms)]
    fits: dict[int, tuple[Factors, Quality]] = {}
    for number in numbers:
        fitted = fit_factors(scores, vocabulary.tweet_counts, number, rules.seed)
        large = drop_small(fitted, texts, found, vocabulary, rules.min_authors)
        fits[number] = large, measure(large, terms, found, vocabulary)
        step()
    tried = tuple(quality for _, quality in fits.values())
    best = choose(tried)
    factors = next((each for each, quality in fits.values() if quality is best), None)
    return TopicFit(vocabulary, factors, tried, best)


def choose(tried: Sequence[Quality]) -> Quality | None:
    """The smallest number within one standard error of the best c_v; where all leave too many, the fewest left."""
    known = [one for one in tried if one.topics]
    diverse = [one for one in known if one.diversity >= MIN_DIVERSITY] or known
    fitting = [one for one in diverse if one.unclassified <= MAX_UNCLASSIFIED]
    if not fitting:
        return min(diverse, key=lambda one: one.unclassified, default=None)
    best = max(fitting, key=lambda one: one.c_v)
    near = [one for one in fitting if one.c_v >= best.c_v - best.error]
    return min(near, key=lambda one: one.topics)


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
