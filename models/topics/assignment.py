"""Tweets -> their topics, by vocabulary and in built-in Spark SQL functions: no refit, no Python per row."""

from collections.abc import Collection

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DoubleType

from conf.schemas.shapes import shape
from models.topics.factors import UNCLASSIFIED_BELOW
from models.topics.model import TopicModel
from models.topics.words import terms_column, topic_words_column

KEY = ("brand", "tweet_id", "created_on")
TERMS = shape(term="string", weight="double", votes=ArrayType(DoubleType()))


def assign_topics(tweets: DataFrame, model: TopicModel, skipped: Collection[str]) -> DataFrame:
    """KEY and `text` -> KEY, topic_id and topic_share of the tweets with a topic; `skipped`: the brand's words."""
    terms = terms_column(topic_words_column(F.col("text"), skipped), model.vocabulary.pattern)
    known = F.broadcast(term_rows(tweets, model))
    named = tweets.select(*KEY, F.explode(F.array_distinct(terms)).alias("term")).join(known, "term", how="inner")
    places = range(len(model.topic_ids))
    sums = [F.sum(F.col("weight") * F.col("votes")[place]).alias(f"sum{place}") for place in places]
    if not sums:
        return named.select(*KEY, F.lit(None).cast("string").alias("topic_id"), F.lit(0.0).alias("topic_share")).limit(
            0
        )
    shares = [
        F.struct((F.col(f"sum{place}") / F.col("total")).alias("share"), F.lit(topic_id).alias("topic_id"))
        for place, topic_id in zip(places, model.topic_ids, strict=True)
    ]
    summed = named.groupBy(*KEY).agg(F.sum("weight").alias("total"), *sums).where("total > 0")
    best = summed.withColumn("best", F.array_max(F.array(*shares)))
    return best.select(*KEY, "best.topic_id", F.col("best.share").alias("topic_share")).where(
        F.col("topic_share") >= UNCLASSIFIED_BELOW
    )


def term_rows(tweets: DataFrame, model: TopicModel) -> DataFrame:
    """One row per term: its weight and its votes."""
    weights = [
        rarity * float(strength)
        for rarity, strength in zip(model.vocabulary.rarity, model.factors.strengths, strict=True)
    ]
    votes = model.factors.votes.T.tolist()
    rows = list(zip(model.vocabulary.terms, weights, votes, strict=True))
    return tweets.sparkSession.createDataFrame(rows, TERMS)
