"""New topics without a refit: terms of the last hours that the topics of the fit do not explain.

A term emerges when `min_authors` authors used it in these hours and its share of the tweets is RATIO times what it was
in the fit (a term that the fit does not know had a share of less than MIN_SHARE). Terms that occur together make one
topic, which joins the model with the next id, unless a topic already shows one of them; the other topics do not change.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.topics.factors import Factors
from models.topics.model import TopicModel
from models.topics.vocabulary import MIN_SHARE, Text
from models.topics.words import terms_of

RATIO = 5.0
TOGETHER = 0.3
"""Two terms belong together when the rarer one occurs with the other in so many of its tweets."""
MOST_TERMS = 10


@dataclass(frozen=True)
class Emerging:
    """Terms of one new topic, the most used first, with the authors and tweets of each."""

    terms: tuple[str, ...]
    author_counts: tuple[int, ...]
    tweet_counts: tuple[int, ...]


def find_emerging(texts: Sequence[Text], model: TopicModel, min_authors: int) -> list[Emerging]:
    """The groups of emerging terms in the texts of the last hours, the most used first."""
    known = dict(zip(model.vocabulary.terms, model.vocabulary.tweet_counts, strict=True))
    rows = [set(terms_of(text.words, model.vocabulary.pattern)) for text in texts]
    tweets = Counter(term for row in rows for term in row)
    authors: dict[str, set[object]] = defaultdict(set)
    for row, text in zip(rows, texts, strict=True):
        for term in row:
            authors[term].add(text.author)
    fitted = max(model.vocabulary.texts, 1)
    new = {
        term
        for term, count in tweets.items()
        if len(authors[term]) >= min_authors
        and count / len(texts) >= RATIO * max(known.get(term, 0) / fitted, MIN_SHARE)
    }
    shown = {term for terms in model.terms.values() for term in terms}
    groups = [group for group in _groups(new, [row & new for row in rows], tweets) if not shown & {*group}]
    return [
        Emerging(group, tuple(len(authors[term]) for term in group), tuple(tweets[term] for term in group))
        for group in groups
    ]


def extend_model(model: TopicModel, emerging: Iterable[Emerging]) -> TopicModel:
    """The model with a topic for each group; its terms speak for it alone."""
    for group in emerging:
        model = _with_topic(model, group)
    return model


def _with_topic(model: TopicModel, group: Emerging) -> TopicModel:
    vocabulary = model.vocabulary
    added = [place for place, term in enumerate(group.terms) if term not in vocabulary.terms]
    terms = (*vocabulary.terms, *(group.terms[place] for place in added))
    vocabulary = replace(
        vocabulary,
        terms=terms,
        author_counts=(*vocabulary.author_counts, *(group.author_counts[place] for place in added)),
        tweet_counts=(*vocabulary.tweet_counts, *(group.tweet_counts[place] for place in added)),
    )
    places = [terms.index(term) for term in group.terms]
    loadings = np.pad(model.factors.loadings, ((0, 1), (0, len(added))))
    loadings[:, places] = 0.0
    loadings[-1, places] = np.sqrt(group.tweet_counts)
    factors = Factors(loadings, (*model.factors.tops, tuple(places[:MOST_TERMS])))
    number = model.last_number + 1
    return TopicModel((*model.topic_ids, f"t{number:02d}"), vocabulary, factors, number, model.fitted_at)


def _groups(new: set[str], rows: Sequence[set[str]], tweets: Counter[str]) -> list[tuple[str, ...]]:
    both = Counter((one, other) for row in rows for one in row for other in row if one < other)
    group = {term: term for term in new}

    def root(term: str) -> str:
        while group[term] != term:
            term = group[term]
        return term

    for (one, other), count in sorted(both.items()):
        if count >= TOGETHER * min(tweets[one], tweets[other]):
            group[root(one)] = root(other)
    members: dict[str, list[str]] = defaultdict(list)
    for term in sorted(new, key=lambda term: (-tweets[term], term)):
        members[root(term)].append(term)
    return sorted((tuple(each) for each in members.values()), key=lambda each: -tweets[each[0]])
