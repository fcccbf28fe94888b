"""Profile authors, segment them, summarise brands, find their topics, and publish all of it to MongoDB."""

import sys

from conf.command_line import AS_OF, BRAND, DRY_RUN, FULL, RUN_ID, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.ingestion import observe_metrics, reconcile_input
from pipelines.profiles import profile_authors, publish_authors
from pipelines.segments import publish_segments, segment_authors
from pipelines.sources.brands import check_brand
from pipelines.topics import clean_tweets, discover_topics, publish_topics, summarise_topics
from pipelines.trends import publish_operations, publish_trends, summarise_brands

FLAGS = (BRAND, AS_OF, RUN_ID, DRY_RUN, FULL)


def main(settings: Settings, options: Options) -> None:
    spark = build_session(settings, "refresh_insights")
    check_brand(spark, settings, options.brand)
    profile_authors.run(spark, settings, options)
    segment_authors.run(spark, settings, options)
    summarise_brands.run(spark, settings, options)
    clean_tweets.run(spark, settings, options)
    discover_topics.run(spark, settings, options)
    summarise_topics.run(spark, settings, options)
    publish_authors.run(spark, settings, options)
    publish_segments.run(spark, settings, options)
    publish_trends.run(spark, settings, options)
    publish_topics.run(spark, settings, options)
    if not options.dry_run:
        observe_metrics.run(spark, settings)
    input_counts = reconcile_input.count_input(spark, settings)
    publish_operations.run(spark, settings, options, input_counts.offered - input_counts.accounted)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
