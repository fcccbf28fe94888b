"""A topic's name from its terms, by template; a brand's own name for a topic id comes first."""

from collections.abc import Mapping, Sequence

NAMED_BY = 3


def name_topics(topics: Mapping[str, Sequence[str]], own: Mapping[str, str]) -> dict[str, str]:
    """{topic id: name}: the first terms, without a word that a phrase before it has, and no name twice."""
    names: dict[str, str] = {}
    for topic_id, terms in topics.items():
        names[topic_id] = own.get(topic_id) or _unique(
            _distinct(terms), set(names.values()) | set(own.values()), topic_id
        )
    return names


def _distinct(terms: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for term in terms:
        if not any(set(term.split()) & set(other.split()) for other in kept):
            kept.append(term)
    return kept


def _unique(terms: Sequence[str], taken: set[str], topic_id: str) -> str:
    """`First, second, third`; more terms where another topic has that name, at last the id."""
    for count in range(NAMED_BY, len(terms) + 1):
        name = ", ".join(terms[:count]).capitalize()
        if name not in taken:
            return name
    return f"{', '.join(terms[:NAMED_BY]).capitalize() or 'Topic'} ({topic_id})"
