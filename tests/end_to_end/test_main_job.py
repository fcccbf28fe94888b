"""The main job on real components: generated tweets -> Kafka -> Spark -> Delta -> MongoDB, each hop run as the job.

The streaming application, a process as in production, is killed once; nothing may be lost, duplicated or left
unpublished.
"""

import json
import random
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings
from pipelines.ingestion import reconcile_input
from pipelines.sources.lake import read_changes, read_table
from pipelines.sources.mongo import count_current, read_current
from runtime.resources import PROJECT
from tests.end_to_end.processes import Started, call, committed, job, overlay, run
from tests.stored import stored_count

SMALL = "generator/scenarios/small.yaml"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small generated world and its truth."""
    folder = tmp_path_factory.mktemp("world")
    subprocess.run(
        [sys.executable, "-m", "generator", "--scenario", SMALL, "--out", str(folder)], cwd=PROJECT, check=True
    )
    return folder


@pytest.mark.usefixtures("imported_annotator")
@pytest.mark.timeout(1500)
def test_tweets_go_from_kafka_to_mongodb_and_a_killed_stream_loses_nothing(
    spark: SparkSession, settings: Settings, world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = overlay(settings, stream_tweets={"max_offsets_per_trigger": 800}, segment_authors={"min_authors": 20})
    call("collect_tweets", env, "--source", "archive", "--input", str(world / "tweets.jsonl.gz"))
    killed = Started(job("stream_tweets", env), tmp_path / "stream.log")
    killed.wait_for(lambda: committed(settings, "annotate_tweets") >= 1, 600)
    killed.kill()
    output = run(job("stream_tweets", env, "--once"))
    assert "annotate_tweets batch" in output

    tweets = read_table(spark, settings, "silver.tweets")
    truth = json.loads((world / "truth" / "summary.json").read_text())
    assert tweets.count() == tweets.select("tweet_id").distinct().count()
    # Some malformed lines are readable: those are tweets, too.
    assert truth["distinct_ids"] <= tweets.count() <= truth["distinct_ids"] + truth["malformed_tolerable"]

    call("refresh_insights", env)
    call("check_reconciliation", env)
    balance = reconcile_input.count_input(spark, settings)
    assert balance.offered == balance.accounted > 0
    assert balance.notices == truth["compliance_notices"]

    profiles = read_table(spark, settings, "gold.author_profiles")
    assert profiles.count() == count_current(settings, "author_profiles") > 0
    assert count_current(settings, "segments") == stored_count(settings, "gold.segments")
    served = read_current(settings, "author_profiles", limit=1)[0]
    assert "author_id" not in served

    call("report_insights", env)
    assert str(balance) in capsys.readouterr().out
    assert (settings.reports / "sentiment_by_day.png").stat().st_size > 5_000


def is_past(settings: Settings, batches: int) -> bool:
    return committed(settings, "annotate_tweets") > batches


@pytest.mark.slow
@pytest.mark.usefixtures("imported_annotator")
@pytest.mark.timeout(3000)
def test_three_kills_at_random_moments_of_a_replay_lose_and_double_nothing(
    spark: SparkSession, settings: Settings, world: Path, tmp_path: Path
) -> None:
    env = overlay(settings, stream_tweets={"max_offsets_per_trigger": 100})
    run(job("collect_tweets", env, "--source", "archive", "--input", str(world / "tweets.jsonl.gz")))
    chance = random.Random(20)
    for _ in range(3):
        before = committed(settings, "annotate_tweets")
        stream = Started(job("stream_tweets", env), tmp_path / "stream.log")
        stream.wait_for(partial(is_past, settings, before), 600)
        with pytest.raises(subprocess.TimeoutExpired):
            stream.process.wait(chance.uniform(0, 8))
        stream.kill()
    run(job("stream_tweets", env, "--once"))
    run(job("check_reconciliation", env))
    tweets = read_table(spark, settings, "silver.tweets")
    assert tweets.count() == tweets.select("tweet_id").distinct().count() > 1000
    changes = read_changes(spark, settings, "silver.tweets", 0)
    assert changes.select("tweet_id").distinct().count() == tweets.count()
    mixed = changes.groupBy("_commit_version").agg(F.count_distinct("_change_type").alias("kinds"))
    assert mixed.where("kinds = 2").count() > 0
