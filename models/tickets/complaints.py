"""Which tweets are complaints: two stages, first the sentiment, then the probability of a complaint."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from models.tickets.aim import RULE


@dataclass(frozen=True)
class Cutoffs:
    """Scores from 0 to 1: the highest sentiment, the lowest complaint score of aimed tweets and of a rule's matches.

    `brands` replaces the second for single brands; a rule's match never needs less than an aimed tweet.
    """

    max_sentiment: float
    min_complaint: float
    min_rule_complaint: float
    brands: Mapping[str, float]

    @property
    def lowest(self) -> float:
        """No complaint has a lower score."""
        return min([self.min_complaint, *self.brands.values()])


def with_complaint(rows: DataFrame, cutoffs: Cutoffs) -> DataFrame:
    """Add `is_complaint`: of a person, both stages; `rows` have brand, aim, is_own, account_kind and the two scores."""
    own = [F.when(F.col("brand") == brand, F.lit(score)) for brand, score in sorted(cutoffs.brands.items())]
    aimed = F.coalesce(*own, F.lit(cutoffs.min_complaint))
    least = F.when(F.col("aim") == RULE, F.greatest(aimed, F.lit(cutoffs.min_rule_complaint))).otherwise(aimed)
    stages = (
        ~F.col("is_own"),
        F.col("account_kind").isNull(),
        F.col("sentiment_score") <= cutoffs.max_sentiment,
        F.col("complaint_score") >= least,
    )
    return rows.withColumn("is_complaint", F.coalesce(reduce(Column.__and__, stages), F.lit(False)))
