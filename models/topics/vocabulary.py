"""The terms that topics are made of: words and phrases that enough authors used.

A phrase is two neighbouring words with a normalised pointwise mutual information (NPMI, Bouma 2009) of PHRASE_NPMI or
more. A term that fewer than `min_authors` authors used is not in the vocabulary: no figure, name or model has it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from scipy.sparse import csr_matrix

from models.topics.words import term_pattern, terms_of

PHRASE_NPMI = 0.45
MOST_TERMS, MOST_PHRASES = 1500, 200
MIN_SHARE, MAX_SHARE = 0.003, 0.25
"""A term of a smaller share of the tweets is too rare for a topic, one of a larger share is what the brand is about."""


@dataclass(frozen=True)
class Text:
    """The words of one tweet in their order, and its author."""

    words: Sequence[str]
    author: object


@dataclass(frozen=True)
class Vocabulary:
    """`terms` in the order of the columns; `author_counts` and `tweet_counts` beside them; `phrases` are among them."""

    terms: tuple[str, ...]
    phrases: tuple[str, ...]
    author_counts: tuple[int, ...]
    tweet_counts: tuple[int, ...]
    texts: int

    @property
    def pattern(self) -> str:
        return term_pattern(self.phrases)

    @property
    def rarity(self) -> list[float]:
        """The inverse document frequency of each term."""
        return [log(max(self.texts, 1) / count) for count in self.tweet_counts]


def build_vocabulary(texts: Sequence[Text], min_authors: int) -> Vocabulary:
    """The vocabulary of the texts; without terms where no term has enough authors."""
    phrases = find_phrases(texts, min_authors)
    pattern = term_pattern(phrases)
    authors: dict[str, set[object]] = defaultdict(set)
    tweets: Counter[str] = Counter()
    for text in texts:
        found = set(terms_of(text.words, pattern))
        tweets.update(found)
        for term in found:
            authors[term].add(text.author)
    least, most = MIN_SHARE * len(texts), MAX_SHARE * len(texts)
    kept = [term for term, users in authors.items() if len(users) >= min_authors and least <= tweets[term] <= most]
    terms = sorted(sorted(kept, key=lambda term: (-tweets[term], term))[:MOST_TERMS])
    return Vocabulary(
        tuple(terms),
        tuple(phrase for phrase in phrases if phrase in set(terms)),
        tuple(len(authors[term]) for term in terms),
        tuple(tweets[term] for term in terms),
        len(texts),
    )


def find_phrases(texts: Sequence[Text], min_authors: int) -> list[str]:
    """Pairs of neighbouring words that enough authors wrote and that depend on each other, the strongest first."""
    words = Counter(word for text in texts for word in text.words)
    pairs: Counter[tuple[str, str]] = Counter()
    users: dict[tuple[str, str], set[object]] = defaultdict(set)
    for text in texts:
        for pair in pairwise(text.words):
            pairs[pair] += 1
            users[pair].add(text.author)
    total = sum(words.values())
    scores = {
        pair: _npmi(count, words[pair[0]], words[pair[1]], total)
        for pair, count in pairs.items()
        if len(users[pair]) >= min_authors and pair[0] != pair[1]
    }
    strong = sorted((-score, " ".join(pair)) for pair, score in scores.items() if score >= PHRASE_NPMI)
    return [phrase for _, phrase in strong[:MOST_PHRASES]]


def _npmi(both: int, one: int, other: int, total: int) -> float:
    return log(both * total / (one * other)) / -log(both / total) if both < total else 1.0


def count_terms(texts: Iterable[Sequence[str]], places: Mapping[str, int]) -> csr_matrix:
    """Rows of terms -> a matrix [text, term] of 1 where the text has the term; `places`: term -> column."""
    rows, columns = [], []
    size = 0
    for size, terms in enumerate(texts, 1):
        found = {places[term] for term in terms if term in places}
        rows += [size - 1] * len(found)
        columns += sorted(found)
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(size, len(places)))
