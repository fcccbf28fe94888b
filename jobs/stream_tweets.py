"""The streaming half: Kafka -> bronze, silver; silver -> candidates of tickets, their entities, details, problems."""

import sys
from dataclasses import replace

from conf.command_line import RUN_ID, Flag, Options, instant, run_job
from conf.session import build_session, build_stream_session
from conf.settings import Settings
from pipelines.annotation import annotate_tweets, extract_entities
from pipelines.ingestion import land_compliance, land_tweets
from pipelines.sinks.kafka_retention import prepare_topics
from pipelines.sinks.lake import lock_tables
from pipelines.sinks.streams import run_hops
from pipelines.tickets import extract_details, find_complaints, find_problems

READERS, FOLLOWERS = (land_tweets, annotate_tweets, land_compliance), (extract_entities, extract_details, find_problems)
STAGES = (READERS, (find_complaints,), FOLLOWERS)
TABLES = ("bronze.tweets", "bronze.compliance", "silver.tweets", "silver.rejected_tweets", "silver.tweet_entities")
TICKETS = ("gold.ticket_candidates", "restricted.ticket_details")
FLAGS = (
    replace(RUN_ID, sources=("bronze",)),
    Flag("--once", "read what Kafka has now, and end", {"action": "store_true"}, ("kafka",)),
    Flag("--source", "bronze rebuilds silver from it", {"choices": ("kafka", "bronze"), "default": "kafka"}),
    Flag("--from", "ISO time of the first record", {"type": instant, "dest": "since"}, ("bronze",)),
    Flag("--to", "ISO time after the last record", {"type": instant, "dest": "until"}, ("bronze",)),
)


def main(settings: Settings, options: Options) -> None:
    with lock_tables(settings, *TABLES, *TICKETS):
        if options.extra["source"] == "bronze":
            spark = build_session(settings, "rebuild_tweets")
            annotate_tweets.rebuild(spark, settings, options.extra["since"], options.extra["until"], options.run_id)
        else:
            prepare_topics(settings)
            run_hops(build_stream_session(settings, "stream_tweets"), settings, STAGES, once=options.extra["once"])


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
