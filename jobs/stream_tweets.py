"""The streaming half: Kafka -> bronze.tweets, silver.tweets, bronze.compliance; silver -> silver.tweet_entities."""

import sys

from conf.command_line import Flag, Options, instant, run_job
from conf.session import build_session
from conf.settings import Settings
from conf.tables import STREAMED
from pipelines import annotate_tweets, extract_entities, land_compliance, land_tweets
from pipelines.sinks.kafka_clients import create_topics
from pipelines.sinks.kafka_retention import check_retention
from pipelines.sinks.lake import lease
from pipelines.sinks.streams import run_hops, watch_progress

FLAGS = (
    Flag("--once", "take what Kafka holds now, and end", {"action": "store_true"}),
    Flag("--source", "bronze rebuilds silver from it", {"choices": ("kafka", "bronze"), "default": "kafka"}),
    Flag("--from", "with --source bronze: ISO time of the first record", {"type": instant, "dest": "since"}),
    Flag("--to", "with --source bronze: ISO time after the last record", {"type": instant, "dest": "until"}),
)

READERS, FOLLOWERS = (land_tweets, annotate_tweets, land_compliance), (extract_entities,)


def stream(settings: Settings, options: Options) -> None:
    create_topics(settings)
    check_retention(settings)
    spark = build_session(settings, "stream_tweets")
    watch_progress(spark, settings)
    run_hops(spark, settings, READERS, FOLLOWERS, once=options.extra["once"])


def rebuild(settings: Settings, options: Options) -> None:
    spark, span = build_session(settings, "rebuild_tweets"), (options.extra["since"], options.extra["until"])
    annotate_tweets.rebuild(spark, settings, *span, options.run_id)


def main(settings: Settings, options: Options) -> None:
    with lease(settings, *STREAMED):
        {"kafka": stream, "bronze": rebuild}[options.extra["source"]](settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
