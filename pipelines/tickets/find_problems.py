"""gold.ticket_candidates -> their problem_key: near-identical complaints of many authors are one problem.

Follows the new complaints and compares them with those of the last hours. Nothing waits for it: a ticket is opened
without its problem, and linked when the key is there. docs/guides/find-complaints.md explains the rule.
"""

import logging
import math
from datetime import date, datetime, timedelta
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

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
TWEET = ("brand", "tweet_id")
"""What names a candidate whatever the author key."""


def start(spark: SparkSession, settings: Settings, *, once: bool) -> StreamingQuery:
    """Start the query."""
    create_table(spark, settings, TABLE)
    keys = build_key_frame(spark, *read_secrets(spark, settings))
    changes = keep_customers(read_change_stream(spark, settings, TABLE))
    complaints = changes.where(F.col("role") == COMPLAINT).select(*TWEET, "found_at")
    write = partial(write_batch, settings=settings, keys=keys)
    seconds = settings.find_problems.trigger_seconds
    # Not behind the entities: while this query merges, find_complaints waits to append.
    return start_background_batches(complaints, settings, "find_problems", write, once=once, seconds=seconds)


def write_batch(complaints: DataFrame, batch_id: int, *, settings: Settings, keys: DataFrame) -> int:
    """Give the complaints of a batch, and those like them, the problem that they belong to; returns their number.

    The feed says which complaints are new; what they are is read from the table: a rotation of the author key, an
    erasure or the same batch before a kill may have changed them since.
    """
    authors = settings.find_problems.authors
    with spark_conf(complaints.sparkSession, WITHOUT_ADAPTIVE_EXECUTION), hold(complaints) as new:
        span = new.agg(F.min("found_at").alias("first"), F.max("found_at").alias("last")).collect()[0]
        if span["last"] is None:
            return 0
        hours = timedelta(hours=settings.find_problems.hours)
        begin = max(span["first"], span["last"] - hours)  # of a long backlog only the last hours
        oldest = (begin - hours).date() - timedelta(days=math.ceil(settings.find_complaints.max_age_days))
        recent = read_complaints(complaints.sparkSession, settings, begin - hours, oldest)
        asked = F.broadcast(new.where(F.col("found_at") >= F.lit(begin)).select(*TWEET))
        fresh, stored = (recent.join(asked, [*TWEET], how=how).select(*MEMBER) for how in ("left_semi", "left_anti"))
        with hold(gather_members(fresh, stored, authors)) as members:
            if members.isEmpty():
                return 0
            with hold(name_problems(members, keys, authors)) as named:
                count = named.count()
                if count:
                    on = f"t.candidate_key = s.candidate_key AND t.created_on >= DATE'{oldest}'"
                    merge_columns(named, settings, TABLE, on, "t.problem_key IS NULL", ("problem_key",))
    logger.info("batch %d: %d complaints belong to a problem", batch_id, count)
    return count


def read_complaints(spark: SparkSession, settings: Settings, since: datetime, oldest: date) -> DataFrame:
    """The complaints found since then, none written before `oldest`."""
    is_recent = (F.col("created_on") >= F.lit(oldest)) & (F.col("found_at") >= F.lit(since))
    return read_table(spark, settings, TABLE).where(is_recent & (F.col("role") == COMPLAINT))
