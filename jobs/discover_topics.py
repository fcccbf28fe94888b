"""Flag the tweets that say nothing, find what the others are about, and summarise and publish the topics."""

import sys

from conf.command_line import AS_OF, BRAND, DRY_RUN, FULL, RUN_ID, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.sources.brands import check_brand
from pipelines.topics import clean_tweets, discover_topics, publish_topics, summarise_topics

FLAGS = (BRAND, AS_OF, RUN_ID, DRY_RUN, FULL)


def main(settings: Settings, options: Options) -> None:
    spark = build_session(settings, "discover_topics")
    check_brand(spark, settings, options.brand)
    clean_tweets.run(spark, settings, options)
    discover_topics.run(spark, settings, options)
    summarise_topics.run(spark, settings, options)
    publish_topics.run(spark, settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
