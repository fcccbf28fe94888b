"""gold.ticket_candidates -> their problem_key: near-identical complaints of many authors are one problem.

Follows the new complaints and compares them with those of the last hours. Nothing waits for it: a ticket is opened
without its problem, and linked when the key is there. docs/guides/find-complaints.md explains the rule.
"""

import logging
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from conf.session import IDLE_POOL
from conf.settings import Settings
from models.privacy.pseudonyms import build_key_frame
from models.tickets.conversations import COMPLAINT, keep_customers
from models.tickets.problems import MEMBER, gather_members, name_problems
from pipelines.sinks.lake import create_table, merge_columns
from pipelines.sinks.spark_conf import WITHOUT_ADAPTIVE_EXECUTION, hold, spark_conf
from pipelines.sinks.streams import start_background_batches
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.lake import read_change_stream, read_table

logger = logging.getLogger("brandpulse.find_problems")

TABLE = "gold.ticket_candidates"


def start(spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery:
    """Start the query."""
    create_table(spark, settings, TABLE)
    keys = build_key_frame(spark, *read_secrets(spark, settings))
    changes = keep_customers(read_change_stream(spark, settings, TABLE))
    complaints = changes.where(F.col("role") == COMPLAINT).select(*MEMBER)
    write = partial(write_batch, settings=settings, keys=keys)
    seconds = settings.find_problems.trigger_seconds
    return start_background_batches(
        complaints, settings, "find_problems", write, once=once, seconds=seconds, pool=IDLE_POOL
    )


def write_batch(complaints: DataFrame, batch_id: int, *, settings: Settings, keys: DataFrame) -> int:
    """Give the complaints of a batch, and those like them, the problem that they belong to; returns their number."""
    spark, asked = complaints.sparkSession, settings.find_problems
    with spark_conf(spark, WITHOUT_ADAPTIVE_EXECUTION), hold(complaints) as new:
        if new.isEmpty():
            return 0
        since = F.current_timestamp() - F.expr(f"INTERVAL {asked.hours * 3600:.0f} SECONDS")
        recent = read_table(spark, settings, TABLE).where((F.col("role") == COMPLAINT) & (F.col("found_at") >= since))
        stored = recent.select(*MEMBER).join(F.broadcast(new.select("candidate_key")), "candidate_key", how="left_anti")
        with hold(gather_members(new, stored, asked.authors)) as members:
            if members.isEmpty():
                return 0
            with hold(name_problems(members, keys, asked.authors)) as named:
                count = named.count()
                if count:
                    on, gains = "t.candidate_key = s.candidate_key", "t.problem_key IS NULL"
                    merge_columns(named, settings, TABLE, on, gains, ("problem_key",))
    logger.info("batch %d: %d complaints belong to a problem", batch_id, count)
    return count
