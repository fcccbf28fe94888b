"""Influencers of a small world: factors, exclusions, ranks, names; and that following the changes equals a full run."""

from datetime import timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.schemas.influence import GOLD_INFLUENCERS
from conf.settings import Settings
from models.influence import author_factors
from models.influence.networks import NETWORK
from pipelines.influence import build_cascades, publish_influencers, rank_influencers
from pipelines.privacy import identify_authors
from pipelines.sinks.lake import append_rows, create_table, delete_rows
from pipelines.sources.lake import read_table
from pipelines.sources.mongo import read_current
from tests.builders import NOON, a_record, a_tweet, an_id, tweets
from tests.erasing import key_of, put
from tests.identifying import BRAND, calling, land
from tests.pipelines.influence.worlds import AS_OF, a_reaction, of_author

TABLE, SILVER = rank_influencers.TABLE, rank_influencers.SILVER
ANN, BOB, CAT, BOT, STAFF, FAN = map(key_of, ("1", "2", "3", "4", "5", "6"))
DELAY: dict[str, Any] = {
    "complaint": {"is_complaint": True, "score": 0.9},
    "category": {"label": "delay", "score": 0.8},
}


def a_post(number: int, by: str, retweets: int, followers: int = 5000, **fields: Any) -> dict[str, Any]:
    at = NOON + timedelta(minutes=number)
    metrics = {"retweet_count": retweets, "like_count": 2 * retweets, "reply_count": 1, "quote_count": 0}
    given = {"tweet_id": an_id(at, number), "created_at": at, "metrics": metrics, "author": of_author(followers)}
    return a_tweet(author_key=by, brands=[BRAND[0]], **given | fields)


def react(number: int, kind: str, of: dict[str, Any], by: str, **fields: Any) -> dict[str, Any]:
    named = {"retweet": {"mentioned_author_keys": [of["author_key"]]}}.get(kind, {})
    return a_reaction(number, kind, of["tweet_id"], by, 100 + number, brands=[BRAND[0]], **named | fields)


def a_world() -> list[dict[str, Any]]:
    """ann has five tweets, bob two, cat has too few followers, a bot and the brand's account are loud."""
    ann = [a_post(n, ANN, n, place={"country_code": "GB"}, **DELAY if n > 2 else {}) for n in range(1, 6)]
    bob = [a_post(10 + n, BOB, 9) for n in range(2)]
    loud = [a_post(first + n, by, 50) for first, by in ((20, BOT), (25, STAFF)) for n in range(2)]
    return [
        *ann,
        *bob,
        *loud,
        *[a_post(30 + n, CAT, 90, followers=10) for n in range(2)],
        *[react(n, "retweet", ann[0], key_of(f"fan{n}"), author=of_author(3)) for n in range(8)],
        react(50, "retweet", bob[0], key_of("fan0")),
        react(51, "reply", bob[0], ANN),
        react(52, "quote", ann[1], BOB, metrics={"retweet_count": 0, "like_count": 1}, author=of_author(7000)),
    ]


def run(spark: SparkSession, settings: Settings, run_id: int, **given: Any) -> None:
    options = Options(env=None, brand=None, as_of=AS_OF, run_id=run_id, **{"dry_run": False, "full": False} | given)
    build_cascades.run(spark, settings, options)
    rank_influencers.run(spark, settings, options)


def stored(spark: SparkSession, settings: Settings) -> dict[str, dict[str, Any]]:
    rows = read_table(spark, settings, TABLE).collect()
    return {row["author_key"]: row.asDict(recursive=True) for row in rows}


def factors(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    left_out = {*NETWORK, "run_id", "as_of", "score", "rank", "rank_low", "rank_high", "model_version"}
    return {key: {name: value for name, value in row.items() if name not in left_out} for key, row in rows.items()}


def fill(spark: SparkSession, settings: Settings) -> None:
    create_table(spark, settings, SILVER)
    append_rows(tweets(spark, *a_world()), settings, SILVER)
    put(spark, settings, "gold.author_profiles", {"brand": BRAND[0], "author_key": BOT, "is_bot_like": True})
    land_handles(spark, settings)


def land_handles(spark: SparkSession, settings: Settings) -> None:
    """The brand's own account mentions itself; ann, bob and cat never name the brand's handle."""
    create_table(spark, settings, "bronze.tweets")
    handle = str(BRAND[1])
    land(
        spark,
        settings,
        a_record(calling(handle, author_id="5", username=handle), 0),
        *[a_record(calling(author_id=name, username=f"public_{name}"), int(name)) for name in ("1", "2", "3")],
    )


def test_influencers_of_a_small_world_are_ranked_named_and_published(
    spark: SparkSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(spark, settings)
    options = Options(env=None, brand=None, as_of=AS_OF, run_id=1)
    identify_authors.run(spark, settings, options)
    run(spark, settings, 1)
    rows = stored(spark, settings)
    assert {row["excluded_because"] for row in rows.values() if row["rank"]} == {None}
    assert {key: row["excluded_because"] for key, row in rows.items() if not row["rank"]} == {
        CAT: "few_followers",
        BOT: "automated",
        STAFF: "brand_account",
    }
    ann = rows[ANN]
    assert {name: ann[name] for name in author_factors.FACTORS} == {
        "retweet_count": 8 + 2 + 3 + 4 + 5,  # of the first tweet eight retweets were seen, more than X had counted
        "like_count": 30,
        "followers_count": 5000,
        "mixed_depth": 1,
    }
    assert (ann["post_count"], ann["h_index"], ann["timed_retweet_count"], ann["observed_depth"]) == (6, 3, 8, 1)
    assert (ann["region"], ann["top_topic"]) == ("GB", "delay")
    assert ann["topics"][0] == {"name": "delay", "post_count": 3, "engagement_count": 3 * 3 + 4 * 3 + 5 * 3 + 3}
    assert (ann["audience_count"], rows[BOB]["audience_count"]) == (9, 2)
    assert rows[BOB]["audience_uniqueness"] == pytest.approx((0.5 + 1) / 2)
    assert ann["pagerank"] > rows[BOB]["pagerank"] > 0
    assert ann["community"] is not None
    assert {ann["rank"], rows[BOB]["rank"]} == {1, 2}
    assert ann["rank_low"] <= ann["rank"] <= ann["rank_high"]
    assert FAN not in rows

    identify_authors.run(spark, settings, options)  # now that they are ranked, all of bronze is searched for them
    known = {row["handle"] for row in read_table(spark, settings, "restricted.author_identities").collect()}
    assert known == {str(BRAND[1]), "public_1", "public_2"}
    publish_influencers.run(spark, settings, options)
    documents = {row["handle"]: row for row in read_current(settings, "influencers")}
    assert set(documents) == {"public_1", "public_2"}
    assert len(documents["public_1"]["influencer_id"]) == 20
    near = documents["public_1"]["neighbours"]
    assert [(each["influencer_id"], each["weight"], each["shared_count"]) for each in near] == [
        (documents["public_2"]["influencer_id"], 2, 1)
    ]
    cascades = read_current(settings, "cascades")
    first = next(row for row in cascades if row["size"] == 9)
    assert first["influencer_id"] == documents["public_1"]["influencer_id"]
    assert first["tweet_id"] == a_world()[0]["tweet_id"]
    assert {node["parent"] for node in first["nodes"]} == {0}
    assert len(first["nodes"]) == 8

    later = a_post(60, BOB, 1), react(61, "retweet", a_world()[8], key_of("fan9")), a_post(62, FAN, 4)
    append_rows(tweets(spark, *later), settings, SILVER)
    lost = spark.createDataFrame([(a_world()[4]["tweet_id"],)], "tweet_id string")
    delete_rows(lost, settings, SILVER)
    monkeypatch.setattr(rank_influencers, "measure_network", None)  # the network is a day younger than its due
    run(spark, settings, 2, dry_run=True)
    assert stored(spark, settings) == rows
    run(spark, settings, 2)
    network = read_table(spark, settings, TABLE).select("brand", "author_key", *NETWORK).localCheckpoint()
    followed = stored(spark, settings)
    assert (followed[ANN]["post_count"], followed[BOB]["post_count"], followed[FAN]["excluded_because"]) == (
        5,
        4,
        "few_posts",
    )
    assert followed[ANN]["pagerank"] == ann["pagerank"]
    monkeypatch.setattr(rank_influencers, "measure_network", lambda _: network.drop("network_as_of"))
    run(spark, settings, 3, full=True)
    assert factors(stored(spark, settings)) == factors(followed)
    assert set(GOLD_INFLUENCERS.fieldNames()) == set(ann)
