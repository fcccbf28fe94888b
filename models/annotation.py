"""All that is said of a text: every head in one pass, then the entities of those that complain.

What a stream and a re-annotation share, so that both leave the same columns.
"""

from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.schemas import ENTITIES, SCORED_COLUMNS
from conf.settings import Settings
from models.annotator import Annotator, load_annotator, score_texts
from models.entities import extract_entities, load_entities


@dataclass(frozen=True)
class Annotators:
    """The annotator of tweets, whose version stands on every row, and that of entities, unless it is switched off."""

    tweets: Annotator
    entities: Annotator | None

    @property
    def version(self) -> str:
        """The version that stands on every row."""
        return self.tweets.version


def load_annotators(settings: Settings, spark: SparkSession) -> Annotators:
    """The imported pipelines of the settings; MissingPrerequisite names the command that imports them."""
    return Annotators(load_annotator(settings, spark), load_entities(settings, spark))


def annotate_texts(annotators: Annotators, texts: DataFrame) -> DataFrame:
    """[text_hash, text] of masked texts -> [text_hash, *SCORED_COLUMNS], a row for each row.

    Entities are looked for where the text complains, null elsewhere: a ticket is all that needs them.
    """
    scored = score_texts(annotators.tweets, texts)
    if annotators.entities is None:
        return scored.withColumn("entities", F.lit(None).cast(ENTITIES)).select("text_hash", *SCORED_COLUMNS)
    is_candidate = F.col("complaint.is_complaint")
    # A null text costs the tagger nothing, so one plan serves all rows: no second look at the scores, no join.
    asked = scored.withColumn("text", F.when(is_candidate, F.col("text")))
    found = extract_entities(annotators.entities, asked)
    return found.withColumn("entities", F.when(is_candidate, F.col("entities"))).select("text_hash", *SCORED_COLUMNS)
