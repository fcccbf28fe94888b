"""A brand's topics as they are stored: ids, vocabulary and loadings, in one JSON file, whose hash is the version."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from models.segments.matching import Event, assign_ids, build_events
from models.topics.factors import Factors, assign_texts
from models.topics.fit import TopicFit
from models.topics.matching import Loadings, count_together, match_topics
from models.topics.vocabulary import Text, Vocabulary, count_terms
from models.topics.words import terms_of

FILE = "topics.json"


@dataclass(frozen=True)
class TopicModel:
    """`topic_ids` in the order of the factors; `last_number`: the highest that an id ever had; `fitted_at` in ISO."""

    topic_ids: tuple[str, ...]
    vocabulary: Vocabulary
    factors: Factors
    last_number: int
    fitted_at: str

    @property
    def version(self) -> str:
        return f"topics-{sha256(self.to_json().encode()).hexdigest()[:12]}"

    @property
    def terms(self) -> dict[str, list[str]]:
        """Topic id -> the terms that stand for it."""
        return {
            topic_id: [self.vocabulary.terms[place] for place in top]
            for topic_id, top in zip(self.topic_ids, self.factors.tops, strict=True)
        }

    @property
    def loadings(self) -> dict[str, Loadings]:
        return {
            topic_id: dict(zip(self.vocabulary.terms, map(float, row), strict=True))
            for topic_id, row in zip(self.topic_ids, self.factors.loadings, strict=True)
        }

    def assign(self, texts: Sequence[Text]) -> list[str | None]:
        """The topic of each text, None where unclassified: what `assign_topics` does in Spark SQL."""
        terms = [terms_of(text.words, self.vocabulary.pattern) for text in texts]
        found = count_terms(terms, {term: place for place, term in enumerate(self.vocabulary.terms)})
        places, _ = assign_texts(found, self.factors, self.vocabulary.rarity)
        return [self.topic_ids[place] if place >= 0 else None for place in places]

    def to_json(self) -> str:
        parts = {
            "topic_ids": self.topic_ids,
            "vocabulary": asdict(self.vocabulary),
            "loadings": [[round(float(value), 5) for value in row] for row in self.factors.loadings],
            "tops": self.factors.tops,
            "last_number": self.last_number,
            "fitted_at": self.fitted_at,
        }
        return json.dumps(parts, sort_keys=True)

    def write(self, folder: Path) -> Path:
        """Writes FILE into the folder, which is created; returns the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(self.to_json(), "utf-8")
        return folder


def read_model(folder: Path) -> TopicModel:
    """The model that `write` left in the folder; OSError or ValueError if it is not there."""
    parts = json.loads((folder / FILE).read_text("utf-8"))
    stored = parts["vocabulary"]
    words = (tuple(stored["terms"]), tuple(stored["phrases"]))
    vocabulary = Vocabulary(*words, tuple(stored["author_counts"]), tuple(stored["tweet_counts"]), stored["texts"])
    loadings = np.array(parts["loadings"], dtype=float).reshape(len(parts["topic_ids"]), len(vocabulary.terms))
    factors = Factors(loadings, tuple(tuple(top) for top in parts["tops"]))
    numbers = (parts["last_number"], parts["fitted_at"])
    return TopicModel(tuple(parts["topic_ids"]), vocabulary, factors, *numbers)


def align_fit(
    fit: TopicFit, before: TopicModel | None, texts: Sequence[Text], fitted_at: str, last_number: int = 0
) -> tuple[TopicModel, list[Event]]:
    """The fit with the ids of the model before, and what became of each topic; `texts` are those of the fit."""
    empty = Factors(np.zeros((0, len(fit.vocabulary.terms))), ())
    factors = fit.factors or empty
    new_ids = tuple(f"new{place}" for place in range(len(factors.tops)))
    fresh = TopicModel(new_ids, fit.vocabulary, factors, 0, fitted_at)
    old: Mapping[str, Loadings] = before.loadings if before else {}
    together = count_together(before.assign(texts), fresh.assign(texts)) if before else {}
    matches = match_topics(old, fresh.loadings, together)
    last = max(last_number, before.last_number if before else 0)
    ids = assign_ids(new_ids, matches, last, "t")
    numbers = [last, *(int(topic_id[1:]) for topic_id in ids.values())]
    model = TopicModel(tuple(ids[each] for each in new_ids), fit.vocabulary, factors, max(numbers), fitted_at)
    return model, build_events(list(old), ids, matches, together)
