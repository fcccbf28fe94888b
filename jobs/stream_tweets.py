"""The streaming half: Kafka -> bronze.tweets, silver.tweets and bronze.compliance, side by side in one application."""

import sys

from conf.command_line import Flag, Options, instant, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines import annotate_tweets, land_compliance, land_tweets
from pipelines.sinks.kafka_clients import create_topics
from pipelines.sinks.lake import lease
from pipelines.sinks.streams import run_until_stopped, watch_progress

FLAGS = (
    Flag("--once", "take what Kafka holds now, and end", {"action": "store_true"}),
    Flag("--source", "bronze rebuilds silver from it", {"choices": ("kafka", "bronze"), "default": "kafka"}),
    Flag("--from", "with --source bronze: ISO time of the first record", {"type": instant, "dest": "since"}),
    Flag("--to", "with --source bronze: ISO time after the last record", {"type": instant, "dest": "until"}),
)


def stream(settings: Settings, options: Options) -> None:
    create_topics(settings)
    spark = build_session(settings, "stream_tweets")
    watch_progress(spark, settings)
    hops = (land_tweets, annotate_tweets, land_compliance)
    run_until_stopped(spark, [hop.start(spark, settings, once=options.extra["once"]) for hop in hops])


def rebuild(settings: Settings, options: Options) -> None:
    spark = build_session(settings, "rebuild_tweets")
    annotate_tweets.rebuild(spark, settings, options.extra["since"], options.extra["until"], options.run_id)


def main(settings: Settings, options: Options) -> None:
    with lease(settings, "bronze.tweets", "bronze.compliance", "silver.tweets", "silver.rejected_tweets"):
        {"kafka": stream, "bronze": rebuild}[options.extra["source"]](settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
