"""The heads of the annotator: which label sets one encoder answers. The order of the labels is the class id."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Head:
    """One question asked of a text: its name (a struct column of silver.tweets) and its labels in class order."""

    name: str
    labels: tuple[str, ...]


SENTIMENT = Head("sentiment", ("negative", "neutral", "positive"))

HEADS = (SENTIMENT,)
