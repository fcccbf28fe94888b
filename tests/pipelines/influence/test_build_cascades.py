"""Cascades from silver tweets: what a small world gives, and that following the changes equals a full run."""

from typing import Any

from pyspark.sql import Row, SparkSession

from conf.command_line import Options
from conf.settings import Settings
from pipelines.influence import build_cascades
from pipelines.sinks.lake import append_rows, create_table, delete_rows, merge_columns
from pipelines.sources.lake import read_changes, read_table, table_version
from tests.builders import NOON, an_id, tweets
from tests.pipelines.influence.worlds import (
    ABSENT,
    ANSWER,
    AS_OF,
    LONELY,
    QUOTE,
    ROOT,
    a_conversation,
    a_reaction,
)

SILVER, EDGES, CASCADES = build_cascades.SILVER, build_cascades.EDGES, build_cascades.CASCADES


def run(spark: SparkSession, settings: Settings, run_id: int, full: bool = False, dry_run: bool = False) -> None:
    options = Options(env=None, brand=None, as_of=AS_OF, run_id=run_id, dry_run=dry_run, full=full)
    build_cascades.run(spark, settings, options)


def add(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    create_table(spark, settings, SILVER)
    append_rows(tweets(spark, *rows), settings, SILVER)


def stored(spark: SparkSession, settings: Settings, name: str) -> list[dict[str, Any]]:
    """All rows without the run's stamps, in the order of their key."""
    rows = [row.asDict(recursive=True) for row in read_table(spark, settings, name).collect()]
    plain = [{key: value for key, value in row.items() if key not in ("run_id", "as_of")} for row in rows]
    return sorted(plain, key=lambda row: (row["tweet_id"], row.get("brand", "")))


def test_cascades_of_a_small_world_and_following_its_changes(spark: SparkSession, offline_settings: Settings) -> None:
    settings, world = offline_settings, a_conversation()
    add(spark, settings, *world)
    run(spark, settings, 1)
    cascades: dict[tuple[str, str], Row] = {
        (row["tweet_id"], row["brand"]): row for row in read_table(spark, settings, CASCADES).collect()
    }
    assert set(cascades) == {(ROOT, "acme"), (QUOTE, "acme"), (QUOTE, "globex"), (ABSENT, "acme")}
    root = cascades[ROOT, "acme"]
    assert (root.author_key, root.size, root.observed_depth, root.mixed_depth) == ("ann", 28, 2, 2)
    assert (root.retweet_count, root.timed_retweet_count, root.quote_count, root.coverage) == (30, 24, 1, 0.8)
    assert root.suppressed_because is None
    assert 1 <= root.mean_depth_low < root.mean_depth_mid < root.mean_depth_high
    assert cascades[QUOTE, "globex"].suppressed_because == "few_retweets"
    assert (cascades[ABSENT, "acme"].author_key, cascades[ABSENT, "acme"].started_at) == (
        "eve",
        NOON.replace(tzinfo=None),
    )
    edges = {row["tweet_id"]: row for row in read_table(spark, settings, EDGES).collect()}
    assert len(edges) == 29
    assert LONELY not in edges
    assert (edges[ANSWER].basis, edges[ANSWER].root_id, edges[ANSWER].level) == ("reply", ROOT, 2)
    assert (edges[QUOTE].parent_author_key, edges[QUOTE].depth_mid) == ("ann", None)
    assert edges[world[5]["tweet_id"]].depth_low >= 1.0

    before = table_version(spark, settings, EDGES)
    run(spark, settings, 2)
    assert table_version(spark, settings, EDGES) == before  # nothing changed, so nothing is written

    add(
        spark,
        settings,
        a_reaction(400, "reply", ANSWER, "fay", 8),  # below an old reply
        a_reaction(401, "reply", LONELY, "gus", 9),  # of a tweet that had no conversation
        a_reaction(402, "quote", ROOT, "eve", 10, tweet_id=ABSENT),  # the tweet that we lacked, of another conversation
    )
    delete_rows(spark.createDataFrame([(world[3]["tweet_id"],)], "tweet_id string"), settings, SILVER)
    newer = spark.createDataFrame([(ROOT, 60)], "tweet_id string, count long")
    merge_columns(
        newer.selectExpr("tweet_id", "named_struct('retweet_count', count, 'reply_count', 0L, 'like_count', 50L, "
                         "'quote_count', 1L, 'bookmark_count', 0L, 'impression_count', 0L) AS metrics"),
        settings, SILVER, "t.tweet_id = s.tweet_id", "true", ("metrics",),
    )  # fmt: skip
    run(spark, settings, 3, dry_run=True)
    assert table_version(spark, settings, EDGES) == before
    run(spark, settings, 3)
    followed = {name: stored(spark, settings, name) for name in (EDGES, CASCADES)}
    found = {row["tweet_id"]: row for row in followed[EDGES]}
    assert {found[an_id(NOON.replace(minute=7), 301)]["root_id"], found[ABSENT]["root_id"]} == {ROOT}
    assert world[3]["tweet_id"] not in found
    later = {(row["tweet_id"], row["brand"]): row for row in followed[CASCADES]}
    assert later[ROOT, "acme"]["suppressed_because"] == "low_coverage"
    assert later[LONELY, "acme"]["size"] == 2
    changed = read_changes(spark, settings, CASCADES, 0).where("run_id = 3").select("tweet_id").distinct().collect()
    assert {row[0] for row in changed} == {ROOT, LONELY, ABSENT, QUOTE, ANSWER}
    run(spark, settings, 4, full=True)
    assert {name: stored(spark, settings, name) for name in (EDGES, CASCADES)} == followed
