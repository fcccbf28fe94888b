"""Entities of the dev sets through Spark NLP: words tokenised as in the stream, one tag per word, spans counted."""

from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings
from models.annotation.annotator import Annotator
from models.annotation.entities import load_entities
from models.annotation.spans import decode_spans, summarise_spans
from models.training.entities.data import BTC, CORPORA, TaggedTweet, read_tweets, without_mentions


def measure_entities(settings: Settings, spark: SparkSession, data: Path) -> dict[str, Any]:
    """Corpus -> span figures on its dev file; empty without an entity tagger.

    The Broad Twitter Corpus is measured twice: as annotated, and with mentions masked as in production (`btc_masked`).
    """
    annotator = load_entities(settings, spark)
    if annotator is None:
        return {}
    sets = {each.name: read_tweets(data / each.dev, each) for each in CORPORA}
    sets["btc_masked"] = [without_mentions(tweet) for tweet in sets[BTC.name]]
    return {name: measure_tweets(annotator, spark, tweets) for name, tweets in sets.items()}


def measure_tweets(annotator: Annotator, spark: SparkSession, tweets: list[TaggedTweet]) -> dict[str, float]:
    """Span figures of the tweets of one corpus, on its own tokens and entity types."""
    corpus = tweets[0].corpus
    answers = [tweet.to_tokens(tags) for tweet, tags in zip(tweets, tag_tweets(annotator, spark, tweets), strict=True)]
    truth = [decode_spans(tweet.truth) for tweet in tweets]
    return summarise_spans(truth, [corpus.as_reported(decode_spans(row)) for row in answers], corpus.reported)


def tag_tweets(annotator: Annotator, spark: SparkSession, tweets: list[TaggedTweet]) -> list[list[str]]:
    """The tag of each word; words beyond the maximum input length get `O`."""
    rows = [(number, tweet.text) for number, tweet in enumerate(tweets)]
    texts = spark.createDataFrame(rows, "number int, text string").repartition(2)
    tagged = annotator.pipeline.transform(texts).select("number", F.col("answer.result").alias("tags")).collect()
    found = {row.number: list(row.tags or []) for row in tagged}
    return [(found[number] + ["O"] * len(tweet.words))[: len(tweet.words)] for number, tweet in enumerate(tweets)]
