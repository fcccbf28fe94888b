"""The reconciliation adds up, finds missing objects, and counts redelivered records once."""

import pytest
from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from conf.settings import Settings
from conf.tables import table_path
from pipelines.ingestion import observe_metrics, reconcile_input
from pipelines.ingestion.reconcile_input import Reconciliation, count_repeats
from pipelines.sinks.lake import Merge, append_rows, create_table, merge_rows
from pipelines.sources.archive.ledger import Ledger, save_ledger
from pipelines.sources.lake import read_table
from runtime.errors import CheckFailed
from tests.builders import a_payload, a_record, a_tweet, an_id, records, tweets
from tests.erasing import put


def offer(settings: Settings, tweet_count: int, malformed: int = 0) -> None:
    ledger = Ledger("archive:test", "test", 0, "", "test#1.0", tweets=tweet_count, malformed=malformed)
    save_ledger(settings.home / "positions" / "test.json", ledger)


def land(spark: SparkSession, settings: Settings) -> None:
    """Two observations of one tweet, one of another, one redelivered."""
    one, other = a_payload(id=an_id(number=1)), a_payload(id=an_id(number=2))
    rows = [
        a_record(one, 0),
        a_record(one, 1),
        a_record(other, 2),
        a_record(other, 3, headers={"position": "test#2.0"}),
    ]
    create_table(spark, settings, "bronze.tweets")
    append_rows(records(spark, *rows), settings, "bronze.tweets")
    observe_metrics.run(spark, settings)
    create_table(spark, settings, "silver.tweets")
    distinct = tweets(spark, a_tweet(tweet_id=an_id(number=1)), a_tweet(tweet_id=an_id(number=2)))
    merge_rows(distinct, settings, "silver.tweets", Merge())


def test_every_offered_object_is_accounted_for(spark: SparkSession, offline_settings: Settings) -> None:
    land(spark, offline_settings)
    offer(offline_settings, 3)
    assert reconcile_input.run(spark, offline_settings) == Reconciliation(
        3, distinct=2, repeats=1, rejected=0, notices=0
    )


@pytest.mark.parametrize("offered", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_an_object_lost_or_made_up_fails_the_check(
    spark: SparkSession, offline_settings: Settings, offered: int
) -> None:
    land(spark, offline_settings)
    offer(offline_settings, offered)
    with pytest.raises(CheckFailed, match=f"not reconciled: {offered} offered != 2 distinct"):
        reconcile_input.run(spark, offline_settings)


def test_what_landed_of_x_was_offered_and_a_record_sent_twice_once(
    spark: SparkSession, offline_settings: Settings
) -> None:
    offer(offline_settings, 3)
    land(spark, offline_settings)
    seen = a_payload(id=an_id(number=2))
    stream = {"source": "x:stream"}
    live = [
        a_record(seen, 10, headers=stream | {"position": "1#1.0"}),
        a_record(seen, 11, headers=stream | {"position": "1#1.0"}),
        a_record(seen, 12, headers=stream | {"position": None}),
        a_record(seen, 13, headers={"source": None, "position": None}),
    ]
    append_rows(records(spark, *live), offline_settings, "bronze.tweets")
    observe_metrics.run(spark, offline_settings)
    assert reconcile_input.run(spark, offline_settings) == Reconciliation(
        6, distinct=2, repeats=4, rejected=0, notices=0
    )
    lost = a_record(a_payload(id=an_id(number=9)), 14, headers=stream | {"position": "1#2.0"})
    append_rows(records(spark, lost), offline_settings, "bronze.tweets")
    with pytest.raises(CheckFailed, match="7 offered != 2 distinct tweets"):
        reconcile_input.run(spark, offline_settings)


def test_what_was_erased_is_a_term_of_its_own_and_counts_once(spark: SparkSession, offline_settings: Settings) -> None:
    offer(offline_settings, 3)
    land(spark, offline_settings)
    live = {"source": "x:stream", "position": "1#1.0"}
    erased = [{"source": "archive:test", "position": "test#2.0"}, live, live]
    put(spark, offline_settings, "silver.erased_records", *[
        {"topic": "tweets.raw.v1", "partition": 0, "offset": 90 + n} | origin for n, origin in enumerate(erased)
    ])  # fmt: skip
    put(spark, offline_settings, "silver.rejected_tweets", {"offset": 99, "reason": "empty"} | live)
    DeltaTable.forPath(spark, table_path(offline_settings, "silver.tweets")).delete(f"tweet_id = '{an_id(number=2)}'")
    expected = Reconciliation(4, distinct=1, repeats=1, rejected=0, notices=0, erased=2)
    assert reconcile_input.run(spark, offline_settings) == expected
    terms = "1 distinct tweets + 1 repeats + 0 rejected + 0 compliance notices + 2 erased (4)"
    assert str(expected) == f"reconciled: 4 offered = {terms}"


def test_metrics_are_observed_once_however_often_the_hop_runs(spark: SparkSession, offline_settings: Settings) -> None:
    land(spark, offline_settings)
    observe_metrics.run(spark, offline_settings)
    observations = read_table(spark, offline_settings, "silver.metric_observations")
    assert (observations.count(), count_repeats(observations)) == (4, 1)
    assert {row["metrics"]["like_count"] for row in observations.collect()} == {3}


def test_no_observations_are_no_repeats(spark: SparkSession, offline_settings: Settings) -> None:
    assert count_repeats(read_table(spark, offline_settings, "silver.metric_observations")) == 0
