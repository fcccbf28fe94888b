"""restricted.tombstones -> the desk's database, gold.ticket_candidates: erased tweets are deleted from tickets.

The desk stores HMAC(tweet_id) beside each tweet id, so that erased tweets are found without an id. This hop asks the
desk to erase them; the desk empties its own rows, and its dispatcher deletes or blanks the copy of the help desk. What
became of them is added to the receipts, each time until purge_files completes them. Candidates and tweets of tickets
that stay lose the ids of erased tweets that they answer. It runs after erase_tweets, which writes the tombstones.
"""

import logging

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.privacy import SCRUB, TWEET
from conf.settings import Settings
from models.privacy.erased_rows import find_references
from models.privacy.erasure_receipts import DESK_MERGED, build_desk_counts
from models.privacy.pseudonyms import build_key_frame
from models.privacy.tombstones import build_index
from pipelines.sinks.desk import blank_answered, blank_regions, request_erasures
from pipelines.sinks.lake import merge_columns
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.desk import read_answered_keys, read_erased, read_placed, read_tweet_keys
from pipelines.sources.lake import read_table, table_exists

logger = logging.getLogger("brandpulse.erase_desk")

TOMBSTONES, RECEIPTS, CANDIDATES = "restricted.tombstones", "restricted.erasure_receipts", "gold.ticket_candidates"
SILVER = "silver.tweets"
REFERENCES = ("conversation_id", "replied_to_id")


def run(spark: SparkSession, settings: Settings, options: Options) -> int:
    """Ask the desk to erase what is erased; returns the number of tweets. `--dry-run` only counts them."""
    tombstones = read_table(spark, settings, TOMBSTONES)
    known = read_tweet_keys(settings)
    erased = tombstones.transform(build_index).where((F.col("subject") == TWEET) & F.col("is_erased"))
    keys = keep_erased(known, erased)
    logger.info("%d tweets of tickets are to be erased at the desk", len(keys))
    if not options.dry_run:
        request_erasures(settings, keys, options.as_of)
        answered = read_answered_keys(settings, read_secrets(spark, settings))
        blank_answered(settings, [answered[key] for key in keep_erased(list(answered), erased)])
        scrub_candidates(spark, settings, erased)
        scrub_regions(spark, settings, tombstones)
        report_desk(spark, settings, tombstones)
    return len(keys)


def keep_erased(keys: list[str], erased: DataFrame) -> list[str]:
    """The HMACs of erased tweets among `keys`."""
    if not keys:
        return []
    rows = erased.sparkSession.createDataFrame([(key,) for key in keys], "subject_key string")
    return [row[0] for row in rows.join(erased, "subject_key", how="left_semi").select("subject_key").collect()]


def scrub_candidates(spark: SparkSession, settings: Settings, erased: DataFrame) -> None:
    """Remove the ids of erased tweets from the candidates that answer them."""
    if not table_exists(spark, settings, CANDIDATES) or erased.isEmpty():
        return
    secrets = build_key_frame(spark, *read_secrets(spark, settings))
    rows = find_references(read_table(spark, settings, CANDIDATES), secrets, erased, "candidate_key", REFERENCES)
    changed = rows.localCheckpoint()
    if not changed.isEmpty():
        on = "t.candidate_key = s.candidate_key"
        merge_columns(changed, settings, CANDIDATES, on, "true", REFERENCES)
        logger.info("%s: references to erased tweets removed from %d rows", CANDIDATES, changed.count())


def scrub_regions(spark: SparkSession, settings: Settings, tombstones: DataFrame) -> None:
    """Remove the region of candidates and of tweets of tickets whose tweet lost its place."""
    if tombstones.where(F.col("kind") == SCRUB).isEmpty() or not table_exists(spark, settings, CANDIDATES):
        return
    placed = read_table(spark, settings, CANDIDATES).where("region IS NOT NULL").select("candidate_key", "tweet_id")
    shown = spark.createDataFrame([(each,) for each in read_placed(settings)], "tweet_id string")
    asked = placed.select("tweet_id").unionByName(shown)
    without = read_table(spark, settings, SILVER).where("place.country_code IS NULL").select("tweet_id")
    scrubbed = without.join(asked, "tweet_id", how="left_semi").localCheckpoint()
    blank_regions(settings, [row["tweet_id"] for row in scrubbed.collect()])
    found = placed.join(scrubbed, "tweet_id", how="left_semi").select("candidate_key")
    rows = found.withColumn("region", F.lit(None).cast("string")).localCheckpoint()
    if not rows.isEmpty():
        merge_columns(rows, settings, CANDIDATES, "t.candidate_key = s.candidate_key", "true", ("region",))


def report_desk(spark: SparkSession, settings: Settings, tombstones: DataFrame) -> None:
    """Add to the open receipts how many tweets the desk erased, and what became of the help desk's copies."""
    done = [(each.tweet_key, each.is_done, each.remote) for each in read_erased(settings)]
    if not done:
        return
    states = spark.createDataFrame(done, "subject_key string, is_done boolean, remote string")
    receipts = read_table(spark, settings, RECEIPTS).where("vacuumed_at IS NULL")
    counts = build_desk_counts(receipts, tombstones, states).localCheckpoint()
    if not counts.isEmpty():
        known = receipts.select("event_key", "removed").join(F.broadcast(counts), "event_key", how="inner")
        merged = known.select("event_key", F.expr(DESK_MERGED).alias("removed")).localCheckpoint()
        merge_columns(merged, settings, RECEIPTS, "t.event_key = s.event_key", "true", ("removed",))
