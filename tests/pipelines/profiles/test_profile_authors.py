"""Author profiles from silver tweets: the formulas on small worlds, and what a second run changes."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from conf.brand.rules import NO_BRAND
from conf.command_line import Options
from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from conf.settings import Settings
from conf.tables import table_path
from pipelines.profiles import profile_authors
from pipelines.profiles.profile_authors import build_profiles
from pipelines.sinks.lake import append_rows, create_table, overwrite_rows
from pipelines.sources.lake import read_changes, read_table, table_version
from runtime.resources import PROJECT
from tests.builders import NOON, a_tweet, tweets
from tests.killing import killed
from tests.stored import stored_rows

GOLDEN = PROJECT / "tests" / "golden" / "author_profiles.jsonl"
ANN = "a" * 64
LATER = NOON + timedelta(days=20)


def asked(**fields: Any) -> Options:
    return Options(
        **({"env": None, "brand": None, "as_of": LATER, "run_id": 1, "dry_run": False, "full": False} | fields)
    )


def profiles_of(
    spark: SparkSession, offline_settings: Settings, *rows: dict[str, Any], **flags: Any
) -> dict[tuple[str, str], Row]:
    built = build_profiles(tweets(spark, *rows), offline_settings, asked(**flags)).collect()
    return {(row["brand"], row["author_key"]): row for row in built}


def stored(spark: SparkSession, offline_settings: Settings) -> dict[str, Row]:
    return {row["author_key"]: row for row in stored_rows(offline_settings, "gold.author_profiles")}


def fill_silver(spark: SparkSession, offline_settings: Settings, *rows: dict[str, Any]) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    overwrite_rows(tweets(spark, *rows), offline_settings, "silver.tweets")


def a_world() -> list[dict[str, Any]]:
    """Two brands, four authors, every kind of tweet, nulls of every sort, one tweet without author."""
    pos = {"label": "positive", "score": 0.9, "negative": 0.05, "neutral": 0.1, "positive": 0.85}
    neg = {"label": "negative", "score": 0.1, "negative": 0.85, "neutral": 0.1, "positive": 0.05}
    met = {"retweet_count": 3, "reply_count": 2, "like_count": 5, "quote_count": 0, "impression_count": 900}
    ann = {"followers_count": 10, "following_count": 7, "created_at": NOON - timedelta(days=100), "is_verified": False}
    newer = {"followers_count": 12, "tweet_count": 40}
    return [
        a_tweet(tweet_id="1", sentiment=pos, subjectivity=0.9, metrics=met, author=ann, observed_at=NOON),
        a_tweet(tweet_id="2", kind="reply", sentiment=neg, subjectivity=0.9, created_at=NOON + timedelta(hours=11)),
        a_tweet(tweet_id="3", kind="retweet", metrics=met | {"retweet_count": 5000}, sentiment=pos, subjectivity=0.9),
        a_tweet(tweet_id="4", kind="quote", metrics={"like_count": 4}, author=newer, observed_at=NOON + timedelta(1)),
        a_tweet(tweet_id="5", author_key="bob", brands=["acme", "globex", "acme"], sentiment=neg, subjectivity=0.25),
        a_tweet(tweet_id="6", author_key="bob", brands=["globex"], kind="retweet", metrics=met),
        a_tweet(tweet_id="7", author_key="cat", brands=[], created_at=None, observed_at=None),
        a_tweet(tweet_id="8", author_key="dan", brands=None, author={"created_at": NOON + timedelta(days=9)}),
        a_tweet(tweet_id="9", author_key=None),
    ]


def test_profiles_of_a_small_world_are_those_of_the_golden_file(
    spark: SparkSession, offline_settings: Settings
) -> None:
    built = build_profiles(tweets(spark, *a_world()), offline_settings, asked()).orderBy("brand", "author_key")
    expected = [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]
    assert [json.loads(line) for line in built.toJSON().collect()] == expected


def test_a_retweet_gives_its_author_no_credit_for_the_original(spark: SparkSession, offline_settings: Settings) -> None:
    metrics = {"retweet_count": 5000, "reply_count": 10, "like_count": 900, "quote_count": 7}
    small = {"retweet_count": 1, "reply_count": 1, "like_count": 1, "quote_count": 1}
    rows = profiles_of(
        spark,
        offline_settings,
        a_tweet(tweet_id="1", kind="retweet", metrics=metrics),
        a_tweet(tweet_id="2", metrics=small),
        a_tweet(tweet_id="3", author_key="bob", kind="retweet", metrics=metrics),
    )
    assert rows["acme", ANN].engagement_per_tweet == 4.0
    assert rows["acme", ANN].retweet_share == 0.5
    assert rows["acme", "bob"].engagement_per_tweet is None


def test_every_brand_of_a_tweet_counts_it_once_and_no_tweet_is_left_out(
    spark: SparkSession, offline_settings: Settings
) -> None:
    rows = profiles_of(
        spark,
        offline_settings,
        a_tweet(tweet_id="1", brands=["acme", "acme", "globex"]),
        a_tweet(tweet_id="2", brands=[]),
        a_tweet(tweet_id="3", brands=None),
        a_tweet(tweet_id="4", author_key=None),
    )
    assert {key: row.tweet_count for key, row in rows.items()} == {
        ("acme", ANN): 1,
        ("globex", ANN): 1,
        (NO_BRAND, ANN): 2,
    }


def test_hours_are_local_and_the_earliest_of_equally_busy_ones_is_the_peak(spark: SparkSession) -> None:
    from conf.settings import load_settings

    local = load_settings(None, {"profile_authors": {"utc_offset_hours": 3}})
    at_19, at_20, at_9 = (NOON.replace(hour=hour) for hour in (19, 20, 9))
    rows = profiles_of(
        spark,
        local,
        *[a_tweet(tweet_id=str(hour), created_at=hour) for hour in (at_19, at_20, at_9)],
        a_tweet(tweet_id="none", created_at=None),
    )
    found = rows["acme", ANN]
    assert (found.active_hours_count, found.peak_hour, found.active_days_count) == (3, 12, 1)
    assert found.night_share == pytest.approx(2 / 3)


def test_no_tweets_make_no_profiles(spark: SparkSession, offline_settings: Settings) -> None:
    profile_authors.run(spark, offline_settings, asked())
    assert stored(spark, offline_settings) == {}


def test_a_profile_is_created_then_updated_by_author_key_and_only_where_it_changed(
    spark: SparkSession, offline_settings: Settings
) -> None:
    first = [a_tweet(tweet_id="1"), a_tweet(tweet_id="2", author_key="bob")]
    fill_silver(spark, offline_settings, *first)
    profile_authors.run(spark, offline_settings, asked(run_id=1))
    fill_silver(spark, offline_settings, *first, a_tweet(tweet_id="3"), a_tweet(tweet_id="4", author_key="cat"))
    profile_authors.run(spark, offline_settings, asked(run_id=2, as_of=LATER + timedelta(days=1)))
    assert {key: (row.tweet_count, row.run_id) for key, row in stored(spark, offline_settings).items()} == {
        ANN: (2, 2),
        "bob": (1, 1),
        "cat": (1, 2),
    }
    version = table_version(spark, offline_settings, "gold.author_profiles")
    profile_authors.run(spark, offline_settings, asked(run_id=3, as_of=LATER + timedelta(days=30)))
    assert {row.run_id for row in stored(spark, offline_settings).values()} == {1, 2}
    if table_version(spark, offline_settings, "gold.author_profiles") > version:
        assert read_changes(spark, offline_settings, "gold.author_profiles", version + 1).count() == 0


def test_an_author_whose_tweets_are_gone_loses_the_profile_but_only_of_the_brand_asked_for(
    spark: SparkSession, offline_settings: Settings
) -> None:
    fill_silver(
        spark, offline_settings, a_tweet(tweet_id="1"), a_tweet(tweet_id="2", author_key="bob", brands=["globex"])
    )
    profile_authors.run(spark, offline_settings, asked())
    fill_silver(spark, offline_settings)
    profile_authors.run(spark, offline_settings, asked(brand="acme", run_id=2))
    assert list(stored(spark, offline_settings)) == ["bob"]


def test_a_dry_run_writes_nothing(spark: SparkSession, offline_settings: Settings) -> None:
    fill_silver(spark, offline_settings, a_tweet(tweet_id="1"))
    profile_authors.run(spark, offline_settings, asked(dry_run=True))
    assert table_version(spark, offline_settings, "gold.author_profiles") == -1


POSITIVE = {"label": "positive", "score": 0.9, "negative": 0.05, "neutral": 0.1, "positive": 0.85}
NEGATIVE = {"label": "negative", "score": 0.1, "negative": 0.85, "neutral": 0.1, "positive": 0.05}


def scored(number: int, days: float = 0, **fields: Any) -> dict[str, Any]:
    fields = {"sentiment": POSITIVE, "text_hash": str(number)} | fields
    return a_tweet(tweet_id=str(number), created_at=NOON + timedelta(days=days), **fields)


def test_complaints_have_a_share_and_a_most_frequent_category(spark: SparkSession, offline_settings: Settings) -> None:
    said = [(True, "delay"), (True, "billing"), (True, "delay"), (False, "staff")]
    rows = profiles_of(
        spark,
        offline_settings,
        *[
            scored(number, complaint={"is_complaint": complains, "score": 0.5}, category={"label": label, "score": 0.5})
            for number, (complains, label) in enumerate(said)
        ],
        a_tweet(tweet_id="9"),
    )
    found = rows["acme", ANN]
    assert (found.complaint_count, found.complaint_share, found.top_category) == (3, 0.75, "delay")
    assert found.top_category_share == pytest.approx(2 / 3)


def test_a_trend_wants_three_scored_tweets_over_a_day(spark: SparkSession, offline_settings: Settings) -> None:
    rows = profiles_of(
        spark,
        offline_settings,
        *[scored(number, days=15 * number, sentiment=[NEGATIVE, NEGATIVE, POSITIVE][number]) for number in range(3)],
        *[scored(10 + number, days=15 * number, author_key="bob") for number in range(2)],
        *[scored(20 + number, days=0.1 * number, author_key="cat") for number in range(3)],
        as_of=NOON + timedelta(days=99),
    )
    assert rows["acme", ANN].sentiment_trend == pytest.approx(0.8)
    assert rows["acme", "bob"].sentiment_trend is None
    assert rows["acme", "cat"].sentiment_trend is None


def test_a_profile_is_as_of_a_time(spark: SparkSession, offline_settings: Settings) -> None:
    rows = profiles_of(spark, offline_settings, scored(1), scored(2, days=5), as_of=NOON + timedelta(days=1))
    assert rows["acme", ANN].tweet_count == 1


def test_an_author_has_a_region_and_a_number_of_brands(spark: SparkSession, offline_settings: Settings) -> None:
    rows = profiles_of(
        spark,
        offline_settings,
        *[scored(number, place={"country_code": code}) for number, code in enumerate(["IE", "GB", "IE"])],
        scored(5, brands=["globex"]),
        scored(6, brands=[]),
        scored(7, author_key="bob", brands=[]),
    )
    assert (rows["acme", ANN].region, rows["globex", ANN].region) == ("IE", None)
    assert (rows["acme", ANN].brands_count, rows[NO_BRAND, ANN].brands_count) == (2, 2)
    assert rows[NO_BRAND, "bob"].brands_count == 0


def test_the_audience_is_compared_with_whom_the_author_follows(spark: SparkSession, offline_settings: Settings) -> None:
    known = {"followers_count": 300, "following_count": 99}
    rows = profiles_of(
        spark, offline_settings, scored(1, author=known), scored(2, author_key="bob", author={"followers_count": 3})
    )
    assert (rows["acme", ANN].audience_ratio, rows["acme", "bob"].audience_ratio) == (3.0, None)


def test_programs_and_the_brand_itself_are_flagged(spark: SparkSession, offline_settings: Settings) -> None:
    repeated = [scored(number, author_key="bot", text_hash="same") for number in range(20)]
    retold = [scored(100 + number, author_key="fan", text_hash="same", kind="retweet") for number in range(20)]
    served = [
        scored(200 + number, author_key="desk", kind="reply", replied_to_author_key=str(number)) for number in range(20)
    ]
    talk = [
        scored(300 + number, author_key="chatty", kind="reply", replied_to_author_key="desk") for number in range(20)
    ]
    rows = profiles_of(spark, offline_settings, *repeated, *retold, *served, *talk)
    flags = {key[1]: (row.is_bot_like, row.is_brand_account) for key, row in rows.items()}
    assert flags == {
        "bot": (True, False),
        "fan": (False, False),
        "desk": (False, True),
        "chatty": (False, False),
    }


def without_stamps(spark: SparkSession, settings: Settings, name: str = "gold.author_profiles") -> list[Row]:
    rows = read_table(spark, settings, name).drop("run_id", "as_of")
    return sorted(rows.collect(), key=lambda row: (row.brand, row.author_key, row.tweet_count))


def history(spark: SparkSession, settings: Settings) -> set[tuple[str, int, int]]:
    rows = stored_rows(settings, "gold.author_profile_history")
    return {(row.author_key, row.tweet_count, row.run_id) for row in rows}


def test_following_the_changes_gives_what_a_full_run_gives_and_looks_at_nobody_else(
    spark: SparkSession, offline_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[set[str]] = []

    def noting(asked_for: DataFrame, settings: Settings, options: Options) -> DataFrame:
        built.append({row["author_key"] for row in asked_for.select("author_key").distinct().collect()})
        return build_profiles(asked_for, settings, options)

    monkeypatch.setattr(profile_authors, "build_profiles", noting)
    create_table(spark, offline_settings, "silver.tweets")
    later = scored(1, days=30, author_key="late")
    add(spark, offline_settings, scored(2), scored(3, author_key="bob"), scored(4, author_key="cat"), later)
    add(spark, offline_settings, scored(5, author_key="dan", brands=["acme", "globex"]))
    profile_authors.run(spark, offline_settings, asked(run_id=1))
    add(spark, offline_settings, scored(6, author_key="bob"), scored(7, author_key="eve"))
    change(spark, offline_settings, "DELETE FROM {} WHERE tweet_id = '4'")
    change(spark, offline_settings, "UPDATE {} SET brands = array('globex') WHERE tweet_id = '5'")
    profile_authors.run(spark, offline_settings, asked(run_id=2, as_of=NOON + timedelta(days=40)))
    assert built[1] == {"bob", "eve", "dan", "late"}
    followed = without_stamps(spark, offline_settings)
    assert {(row.brand, row.author_key) for row in followed} == {
        ("acme", ANN), ("acme", "bob"), ("acme", "eve"), ("acme", "late"), ("globex", "dan"),
    }  # fmt: skip
    profile_authors.run(spark, offline_settings, asked(run_id=3, full=True, as_of=NOON + timedelta(days=40)))
    assert without_stamps(spark, offline_settings) == followed
    assert {row.run_id for row in stored(spark, offline_settings).values()} == {1, 2}


@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["following", "full"])
def test_history_keeps_each_state_but_of_the_erased_only_the_newest(
    spark: SparkSession, offline_settings: Settings, full: bool
) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    add(spark, offline_settings, scored(1), scored(2, author_key="bob"), scored(3, author_key="bob"))
    profile_authors.run(spark, offline_settings, asked(run_id=1))
    add(spark, offline_settings, scored(4), scored(5, author_key="bob"))
    profile_authors.run(spark, offline_settings, asked(run_id=2))
    assert history(spark, offline_settings) == {(ANN, 1, 1), (ANN, 2, 2), ("bob", 2, 1), ("bob", 3, 2)}
    change(spark, offline_settings, "DELETE FROM {} WHERE tweet_id = '2'")
    profile_authors.run(spark, offline_settings, asked(run_id=3, full=full))
    assert history(spark, offline_settings) == {(ANN, 1, 1), (ANN, 2, 2), ("bob", 2, 3)}


@pytest.mark.parametrize("back", ["of one brand", pytest.param("killed", marks=pytest.mark.slow)])
def test_after_a_run_as_of_an_earlier_time_nobody_is_left_as_he_was_then(
    spark: SparkSession, offline_settings: Settings, monkeypatch: pytest.MonkeyPatch, back: str
) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    add(spark, offline_settings, scored(1), scored(2, days=10), scored(3, days=10, author_key="bob"))
    profile_authors.run(spark, offline_settings, asked(run_id=10))
    early = asked(run_id=5, as_of=NOON + timedelta(days=5), brand="acme" if back == "of one brand" else None)
    with monkeypatch.context() as broken:
        if back == "killed":
            broken.setattr(profile_authors, "write_history", killed)
            with pytest.raises(KeyboardInterrupt):
                profile_authors.run(spark, offline_settings, early)
        else:
            profile_authors.run(spark, offline_settings, early)
            assert history(spark, offline_settings) == {(ANN, 2, 10), ("bob", 1, 10), (ANN, 1, 5)}
    assert list(stored(spark, offline_settings)) == [ANN]
    profile_authors.run(spark, offline_settings, asked(run_id=11))
    assert {key: row.tweet_count for key, row in stored(spark, offline_settings).items()} == {ANN: 2, "bob": 1}


STEPS = (
    "delete_profile_states",
    "update_profiles",
    "append_rows",
    "merge_columns",
    "write_history",
    "write_pipeline_state",
)


@pytest.mark.parametrize(
    "step", [STEPS[2], *(pytest.param(step, marks=pytest.mark.slow) for step in STEPS if step != STEPS[2])]
)
def test_a_run_that_was_killed_before_any_step_is_made_good_by_the_next(
    spark: SparkSession, offline_settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    add(spark, offline_settings, scored(1), scored(2, author_key="bob"), scored(3, author_key="bob"))
    add(spark, offline_settings, scored(4, author_key="dan"))
    profile_authors.run(spark, offline_settings, asked(run_id=1))
    add(spark, offline_settings, scored(5), scored(6, author_key="cat"))
    change(spark, offline_settings, "DELETE FROM {} WHERE tweet_id IN ('2', '4')")
    with monkeypatch.context() as broken:
        broken.setattr(profile_authors, step, killed)
        with pytest.raises(KeyboardInterrupt):
            profile_authors.run(spark, offline_settings, asked(run_id=2))
    profile_authors.run(spark, offline_settings, asked(run_id=3))
    now = [(ANN, 2), ("bob", 1), ("cat", 1)]
    assert [(row.author_key, row.tweet_count) for row in without_stamps(spark, offline_settings)] == now
    states = without_stamps(spark, offline_settings, "gold.author_profile_history")
    assert [(row.author_key, row.tweet_count) for row in states] == [(ANN, 1), *now]
    assert {run_id for author, count, run_id in history(spark, offline_settings) if (author, count) in now} <= {2, 3}


@pytest.mark.parametrize(
    "why",
    ["rules", *(pytest.param(why, marks=pytest.mark.slow) for why in ("vacuumed", "settings", "an earlier time"))],
)
def test_where_the_changes_cannot_be_followed_everybody_is_computed(
    spark: SparkSession,
    offline_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    why: str,
) -> None:
    create_table(spark, offline_settings, "silver.tweets")
    add(spark, offline_settings, scored(1))
    profile_authors.run(spark, offline_settings, asked(run_id=1))
    add(spark, offline_settings, scored(2, author_key="bob"))
    change(spark, offline_settings, "UPDATE {} SET brands = array('globex') WHERE tweet_id = '2'")
    options, settings = asked(run_id=2), offline_settings
    if why == "settings":
        moved = settings.profile_authors.model_copy(update={"utc_offset_hours": 3})
        settings = settings.model_copy(update={"profile_authors": moved})
    elif why == "rules":
        monkeypatch.setattr(profile_authors, "REPORTABLE_CATEGORIES", ("delay",))
    elif why == "an earlier time":
        options = asked(run_id=2, as_of=LATER - timedelta(days=1))
    else:
        spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
        change(spark, offline_settings, "VACUUM {} RETAIN 0 HOURS")
        spark.conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")
    with caplog.at_level(logging.INFO, logger="brandpulse"):
        profile_authors.run(spark, settings, options)
    assert "profiles of every author" in caplog.text
    assert {(row.brand, row.author_key) for row in without_stamps(spark, settings)} == {
        ("acme", ANN),
        ("globex", "bob"),
    }


def add(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    append_rows(tweets(spark, *rows).coalesce(1), settings, "silver.tweets")


def change(spark: SparkSession, settings: Settings, statement: str) -> None:
    path = f"delta.`{table_path(settings, 'silver.tweets')}`"
    spark.sql(statement.format(path))


def test_every_column_is_explained() -> None:
    page = (PROJECT / "docs" / "explanation" / "author-profiles.md").read_text("utf-8")
    table = [line for line in page.splitlines() if line.startswith("| ")][1:]
    explained = {name.strip() for line in table for name in line.split("|")[1].split(",")}
    assert explained == set(GOLD_AUTHOR_PROFILES.fieldNames()) - {"brand", "author_key"}
