"""Texts about invented topics for the tests of models/topics."""

import random

from models.topics.vocabulary import Text

SUBJECTS = {
    "baggage": "bag suitcase lost carousel claim belt luggage",
    "delay": "gate delay hour runway crew boarding pilot",
    "refund": "refund card charge payment invoice money fee",
    "seat": "seat legroom window aisle row upgrade recline",
}
RARE = "secretword"


def texts_about(count: int = 800, seed: int = 1, **more: str) -> tuple[list[Text], list[str]]:
    """Texts of four words about one subject each, and which: authors write about four texts."""
    chance = random.Random(seed)
    subjects = SUBJECTS | more
    texts, about = [], []
    for _ in range(count):
        subject = chance.choice(sorted(subjects))
        words = chance.sample(subjects[subject].split(), 4)
        texts.append(Text(words, chance.randint(0, count // 4)))
        about.append(subject)
    return texts, about
