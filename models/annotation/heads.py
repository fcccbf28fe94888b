"""The heads of the annotator: the label sets that one encoder predicts. The order of the labels is the class id.

One ONNX graph predicts all of them: its `logits` are the labels of all heads in order, each the logit of a probability
of its head's own softmax; its labels.txt lists them in the same order, one `head=label` per line.
"""

from collections.abc import Collection
from dataclasses import dataclass

from conf.brand.files import CATEGORIES

NO_ANSWER = -1
"""The class id of a text without a label for a head."""


@dataclass(frozen=True)
class Head:
    """One classification of a text: its name (a struct column of silver.tweets) and its labels in class order."""

    name: str
    labels: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The labels as in labels.txt and in Spark NLP's metadata: `sentiment=positive`."""
        return tuple(f"{self.name}={label}" for label in self.labels)


SENTIMENT = Head("sentiment", ("negative", "neutral", "positive"))
COMPLAINT = Head("complaint", ("no", "yes"))
CATEGORY = Head("category", CATEGORIES)
# The airline data set's own ten reasons: not a column of the product, but used for training and comparison.
REASON = Head(
    "reason",
    (
        "bad_flight",
        "cancelled_flight",
        "cant_tell",
        "customer_service_issue",
        "damaged_luggage",
        "flight_attendant_complaints",
        "flight_booking_problems",
        "late_flight",
        "longlines",
        "lost_luggage",
    ),
)

HEADS = (SENTIMENT, COMPLAINT, CATEGORY, REASON)


def answered_heads(labels: Collection[str]) -> list[str]:
    """The names of the heads whose labels are all in `labels` (the lines of labels.txt)."""
    return [head.name for head in HEADS if set(head.keys) <= set(labels)]
