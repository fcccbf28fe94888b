"""What privacy asks of cascades and influencers: erasure, and the next run that names nobody again."""

from datetime import timedelta
from typing import Any

from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.settings import Settings
from pipelines.influence import build_cascades, publish_influencers, rank_influencers
from pipelines.sources.lake import read_table
from pipelines.sources.mongo import read_current
from tests.builders import NOON, an_id
from tests.erasing import erase, key_of, land_notices, put, store_tweets

AS_OF = NOON + timedelta(days=2)
ROOT, REPLY, OTHER, SECOND = (an_id(NOON, number) for number in range(1, 5))
ANN, BOB = key_of("4001"), key_of("4002")
LOUD: dict[str, Any] = {
    "metrics": {"retweet_count": 9, "like_count": 9, "reply_count": 0, "quote_count": 0},
    "author": {"followers_count": 9000},
}


def run(spark: SparkSession, settings: Settings, run_id: int) -> dict[str, Any]:
    options = Options(env=None, brand=None, as_of=AS_OF, run_id=run_id)
    build_cascades.run(spark, settings, options)
    rank_influencers.run(spark, settings, options)
    publish_influencers.run(spark, settings, options)
    return {row["handle"]: row for row in read_current(settings, "influencers")}


def ids(spark: SparkSession, settings: Settings, name: str) -> set[str]:
    """Every id of a tweet that a table names."""
    rows = [row.asDict(recursive=True) for row in read_table(spark, settings, name).collect()]
    flat = [row | {"posts": [post["tweet_id"] for post in row.get("posts") or ()]} for row in rows]
    named = {row[column] for row in flat for column in ("tweet_id", "parent_id", "root_id") if row.get(column)}
    return named | {post for row in flat for post in row["posts"]}


def test_an_erasure_reaches_what_names_a_tweet_or_an_author(spark: SparkSession, settings: Settings) -> None:
    store_tweets(spark, settings, {"tweet_id": ROOT, **LOUD}, {"tweet_id": SECOND, **LOUD})
    store_tweets(
        spark,
        settings,
        {"tweet_id": REPLY, "kind": "reply", "replied_to_id": ROOT, "replied_to_author_key": ANN, **LOUD},
        {"tweet_id": OTHER, **LOUD},
        author="4002",
    )
    for key, account in ((ANN, "4001"), (BOB, "4002")):
        known = {"author_key": key, "author_id": account, "handle": f"h{account}", "brands": ["acme"], "seen_at": NOON}
        put(spark, settings, "restricted.author_identities", known)
    assert set(run(spark, settings, 1)) == {"h4001", "h4002"}
    assert ids(spark, settings, "gold.cascade_edges") == {ROOT, REPLY}

    land_notices(spark, settings, ("delete", {"tweet": {"id": ROOT, "author_id": "4001"}}))
    erase(spark, settings)
    for name in ("gold.cascade_edges", "gold.cascades", "gold.influencers"):
        assert ROOT not in ids(spark, settings, name), name
    ranked = run(spark, settings, 2)
    assert set(ranked) == {"h4002"}  # ann has one tweet left, which is too few
    assert ids(spark, settings, "gold.influencers") == {REPLY, SECOND, OTHER}

    land_notices(spark, settings, ("user_delete", {"user": {"id": "4002"}}), at="2026-05-06T00:00:00.000Z")
    erase(spark, settings)
    assert read_current(settings, "influencers") == []  # at once, without a run
    for name in ("gold.cascade_edges", "gold.cascades", "gold.influencers", "restricted.author_identities"):
        assert read_table(spark, settings, name).where(f"author_key = '{BOB}'").isEmpty(), name
    assert run(spark, settings, 3) == {}
