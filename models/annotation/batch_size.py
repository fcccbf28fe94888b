"""How many records the largest batch may have, so that it ends within `annotate_tweets.batch_seconds`."""

import logging
import random
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings
from models.annotation.annotator import Annotator, score_texts

logger = logging.getLogger("brandpulse.annotate_tweets")

SAMPLE, SMALLEST = 500, 100
SHARE = 0.5
"""Of the time that a batch may take: the rest is for parsing, merging, other queries and a busier machine."""
_TEXT = "the flight was late again and nobody at @user could tell us when our bags would arrive thank you"
_WORDS = tuple(_TEXT.split())


def largest_batch(spark: SparkSession, settings: Settings, annotator: Annotator) -> int:
    """`stream_tweets.max_offsets_per_trigger`, or fewer where this machine is slower."""
    most, seconds = settings.stream_tweets.max_offsets_per_trigger, settings.annotate_tweets.batch_seconds
    rate = measure_rate(spark, annotator, settings.stream_tweets.score_partitions)
    size = min(most, max(SMALLEST, int(rate * seconds * SHARE)))
    logger.info("%.0f texts/s: a batch has at most %d records", rate, size)
    return size


def measure_rate(spark: SparkSession, annotator: Annotator, tasks: int) -> float:
    """Texts per second that the annotator scores in `tasks` tasks, after one pass that warms it up."""
    chance = random.Random(1)
    texts = [(str(number), " ".join(chance.choices(_WORDS, k=chance.randint(8, 30)))) for number in range(SAMPLE)]
    rows = spark.createDataFrame(texts, "text_hash string, text string").repartition(tasks).localCheckpoint()
    seconds = 0.0
    for _ in range(2):
        started = time.perf_counter()
        score_texts(annotator, rows).agg(F.sum("complaint.score")).collect()
        seconds = time.perf_counter() - started
    return SAMPLE / seconds
