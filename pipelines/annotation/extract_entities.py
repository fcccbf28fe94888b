"""gold.ticket_candidates -> silver.tweet_entities: people, places, organisations and products named in complaints.

Only tickets need entities, and extracting them costs as much as all heads of the annotator together. So this hop
follows the candidates of tickets, in a pool that yields the cores to other queries (`conf.session.IDLE_POOL`), and
passes over tweets whose text the same tagger has already read.
"""

import logging
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from conf.session import IDLE_POOL
from conf.settings import Settings
from models.annotation.annotator import Annotator
from models.annotation.entities import extract_entities, load_entities
from models.tickets.conversations import keep_customers
from pipelines.sinks.lake import Batch, Merge, create_table, merge_rows, on_days
from pipelines.sinks.spark_conf import WITHOUT_ADAPTIVE_EXECUTION, hold, spark_conf
from pipelines.sinks.streams import start_background_batches
from pipelines.sources.lake import read_change_stream, read_table

logger = logging.getLogger("brandpulse.extract_entities")

CANDIDATES, TABLE = "gold.ticket_candidates", "silver.tweet_entities"
TEXTS_PER_TASK = 200
"""About one second of a core: a running task does not yield its core to the tweets, so tasks must be short."""


def start(spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery | None:
    """Start the query; None where `annotators.entities` names no annotator."""
    annotator = load_entities(settings, spark)
    if annotator is None:
        return None
    for name in (CANDIDATES, TABLE):
        create_table(spark, settings, name)
    asked = settings.extract_entities
    changes = read_change_stream(spark, settings, CANDIDATES, max_files=asked.max_files_per_trigger)
    write = partial(write_batch, settings=settings, annotator=annotator)
    return start_background_batches(
        select_texts(changes),
        settings,
        "extract_candidate_entities",
        write,
        once=once,
        seconds=asked.trigger_seconds,
        pool=IDLE_POOL,
    )


def select_texts(changes: DataFrame) -> DataFrame:
    """[tweet_id, created_on, text_hash, text] of the new candidates that customers wrote."""
    return keep_customers(changes).select("tweet_id", "created_on", "text_hash", "text")


def write_batch(candidates: DataFrame, batch_id: int, *, settings: Settings, annotator: Annotator) -> int:
    """Extract the entities of a batch of candidates; returns how many texts were read."""
    spark, single = candidates.sparkSession, candidates.dropDuplicates(["tweet_id"])
    with spark_conf(spark, WITHOUT_ADAPTIVE_EXECUTION), hold(single) as asked:
        days = sorted(row["created_on"] for row in asked.select("created_on").distinct().collect())
        if not days:
            return 0
        known = read_table(spark, settings, TABLE).where(F.col("created_on").isin(days))
        with hold(keep_unknown(asked, known, annotator.version)) as new:
            texts = new.select("text_hash").distinct().count()
            if texts:
                batch = Batch("extract_candidate_entities", batch_id)
                with hold(find_entities(new, annotator, 1 + texts // TEXTS_PER_TASK)) as rows:
                    merge_rows(rows, settings, TABLE, Merge("true", pruning=on_days(days)), batch)
        return texts


def keep_unknown(candidates: DataFrame, known: DataFrame, version: str) -> DataFrame:
    """Candidates without a row of the same text and tagger in `known` (SILVER_TWEET_ENTITIES rows)."""
    same = known.where(F.col("model_version") == version).select("tweet_id", "text_hash")
    return candidates.join(same, on=["tweet_id", "text_hash"], how="left_anti")


def find_entities(candidates: DataFrame, annotator: Annotator, tasks: int) -> DataFrame:
    """[tweet_id, created_on, text_hash, text] -> SILVER_TWEET_ENTITIES rows; each text is read once."""
    texts = candidates.select("text_hash", "text").dropDuplicates(["text_hash"]).repartition(tasks)
    found = extract_entities(annotator, texts).withColumns(
        {"model_version": F.lit(annotator.version), "extracted_at": F.current_timestamp()}
    )
    return candidates.drop("text").join(found, on="text_hash", how="inner")
