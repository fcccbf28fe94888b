"""The heads of the annotator: which label sets one encoder answers. The order of the labels is the class id.

One ONNX graph answers all of them: its `logits` are the heads' labels one after the other, each the logit of a
probability of the head's own softmax, and its labels.txt says `head=label` a line in the same order.
"""

from collections.abc import Collection
from dataclasses import dataclass

from conf.brand.files import CATEGORIES

NO_ANSWER = -1
"""The class id of a head that a text has no label for."""


@dataclass(frozen=True)
class Head:
    """One question asked of a text: its name (a struct column of silver.tweets) and its labels in class order."""

    name: str
    labels: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The labels as they stand in labels.txt and in Spark NLP's metadata: `sentiment=positive`."""
        return tuple(f"{self.name}={label}" for label in self.labels)


SENTIMENT = Head("sentiment", ("negative", "neutral", "positive"))
COMPLAINT = Head("complaint", ("no", "yes"))
CATEGORY = Head("category", CATEGORIES)
# The airline set's own ten reasons: no column of the product, but a label set to learn from and to be compared on.
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
    """The names of the heads of which `labels` (the lines of labels.txt) hold every one."""
    return [head.name for head in HEADS if set(head.keys) <= set(labels)]
