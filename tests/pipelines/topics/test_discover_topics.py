"""Tweets about four subjects: cleaned, given topics, kept over a refit, summarised, never told of too few people."""

import random
from datetime import timedelta
from typing import Any

from pyspark.sql import SparkSession

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sinks.lake import Merge, create_table, delete_rows, merge_rows
from pipelines.sources.lake import read_table, table_version
from pipelines.topics import clean_tweets, discover_topics, publish_topics, summarise_topics
from tests.builders import NOON, a_tweet, tweets
from tests.models.topics.texts import SUBJECTS

SILVER = "silver.tweets"
POSITIVE = {"label": "positive", "score": 0.9, "negative": 0.0, "neutral": 0.2, "positive": 0.8}
NEGATIVE = {"label": "negative", "score": 0.1, "negative": 0.8, "neutral": 0.2, "positive": 0.0}
FINE, BAD = {"is_complaint": False, "score": 0.1}, {"is_complaint": True, "score": 0.9}


def asked(**fields: Any) -> Options:
    return Options(
        **({"env": None, "brand": None, "as_of": NOON, "run_id": 1, "dry_run": False, "full": False} | fields)
    )


def put(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    create_table(spark, settings, SILVER)
    merge_rows(tweets(spark, *rows), settings, SILVER, Merge(gains="true"))


def about(subject: str, number: int, text: str | None = None, **fields: Any) -> dict[str, Any]:
    """A tweet of its own author about a subject, three words of it and its number in letters."""
    chance = random.Random(f"{subject}{number}")
    words = chance.sample(SUBJECTS.get(subject, "nothing here at all").split(), 4)
    own = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    is_bad = subject == "refund"
    return a_tweet(
        **{
            "tweet_id": f"{subject}-{number}",
            "author_key": f"author {subject} {number}",
            "text": text or f"@user {' '.join(words)} q{own}q http {number}",
            "text_hash": f"{subject}-{number}" if text is None else text,
            "lang": "en",
            "created_at": NOON - timedelta(hours=number % 8 + 1),
            "created_on": (NOON - timedelta(hours=number % 8 + 1)).date(),
            "sentiment": NEGATIVE if is_bad else POSITIVE,
            "complaint": BAD if is_bad else FINE,
        }
        | fields
    )


def flagged_rows() -> list[dict[str, Any]]:
    """One tweet, or several, for each reason."""
    day = {"created_at": NOON - timedelta(hours=2), "created_on": NOON.date()}
    long = "my suitcase never came to the carousel and nobody at the belt knows"
    return [
        about("x", 1, "mon sac est perdu encore", lang="fr", **day),
        about("x", 2, "acme varnish dries on the window row", **day),
        *[
            about("x", 10 + each, f"gate delay {'ab'[each % 2] * (each + 3)}", author_key="bot", **day)
            for each in range(20)
        ],
        about("x", 40, "giveaway! follow and retweet to win a free suitcase bag", **day),
        about("x", 41, "use promo code ACME for 20% off your seat upgrade", **day),
        about("x", 42, "gate delay again pilot", kind="retweet", **day),
        about("x", 43, "the same words about a lost bag", **day),
        about("x", 44, "the same words about a lost bag", created_at=NOON - timedelta(hours=1), created_on=NOON.date()),
        about("x", 45, long, **day),
        about("x", 46, f"{long} @user", created_at=NOON - timedelta(hours=1), created_on=NOON.date()),
        about("x", 47, "ok", **day),
    ]


def stored(spark: SparkSession, settings: Settings, name: str) -> list[dict[str, Any]]:
    return [row.asDict(recursive=True) for row in read_table(spark, settings, name).collect()]


def run_all(spark: SparkSession, settings: Settings, options: Options) -> None:
    clean_tweets.run(spark, settings, options)
    discover_topics.run(spark, settings, options)
    summarise_topics.run(spark, settings, options)


def test_topics_are_found_kept_and_summarised(
    spark: SparkSession, offline_settings: Settings, monkeypatch: Any
) -> None:
    from conf.brand.files import Brand

    known = {"acme": Brand(other_meanings=("varnish",))}
    monkeypatch.setattr(clean_tweets, "read_brands", lambda: known)
    four = offline_settings.discover_topics.model_copy(update={"min_topics": 4, "max_topics": 4})
    settings = offline_settings.model_copy(update={"discover_topics": four})
    sizes = dict(zip(SUBJECTS, (260, 280, 300, 320), strict=True))
    subjects = [about(subject, number) for subject, size in sizes.items() for number in range(size)]
    rare = [about("x", 100 + each, "strike walkout gate delay", text_hash=f"rare {each}") for each in range(40)]
    put(spark, settings, *subjects, *flagged_rows(), *rare, about("bag", 1, "bag lost claim", brands=["globex"]))
    clean_tweets.run(spark, settings, asked(dry_run=True))
    assert table_version(spark, settings, "gold.tweet_flags") == -1
    run_all(spark, settings, asked())

    flags = {row["tweet_id"]: row["reasons"] for row in stored(spark, settings, "gold.tweet_flags")}
    expected = {"x-1": "language", "x-2": "off_brand", "x-10": "bot_burst", "x-40": "giveaway", "x-41": "promotion"}
    expected |= {"x-42": "retweet", "x-44": "copy", "x-46": "near_duplicate", "x-47": "too_short"}
    assert {each: reason in flags.get(each, ()) for each, reason in expected.items()} == dict.fromkeys(expected, True)
    assert not {"x-43", "x-45", "baggage-1", "seat-9"} & flags.keys()

    report = [row for row in stored(spark, settings, "gold.cleaning_report") if row["brand"] == "acme"]
    totals = {
        reason: sum(row["first_count"] for row in report if row["reason"] == reason) for reason in ("raw", "usable")
    }
    lost = sum(row["first_count"] for row in report if row["reason"] not in totals)
    assert totals["raw"] == totals["usable"] + lost == len(subjects) + len(flagged_rows()) + len(rare)

    topics = stored(spark, settings, "gold.topics")
    assert [row["brand"] for row in topics] == ["acme"] * len(topics)
    terms = {term for row in topics for term in row["terms"]}
    assert terms <= {word for words in SUBJECTS.values() for word in words.split()}
    assert min(row["author_count"] for row in topics) >= 100
    members = {row["tweet_id"]: row["topic_id"] for row in stored(spark, settings, "gold.tweet_topics")}
    topic_of = {subject: members[f"{subject}-0"] for subject in SUBJECTS}
    assert len(set(topic_of.values())) == len(SUBJECTS)
    kept = [members.get(row["tweet_id"]) == topic_of[row["tweet_id"].split("-")[0]] for row in subjects]
    assert sum(kept) / len(kept) > 0.98
    refund = next(row for row in topics if row["topic_id"] == topic_of["refund"])
    assert (refund["sentiment_mean"], refund["complaint_share"]) == (0.1, 1.0)

    trends = stored(spark, settings, "gold.topic_trends")
    assert {row["topic_id"] for row in trends} <= {*topic_of.values(), "none"}
    assert min(row["author_count"] for row in trends) >= 100
    week = next(row for row in trends if (row["topic_id"], row["window"]) == (topic_of["seat"], "week"))
    assert (week["sentiment_mean"], week["tweet_count"] % 5) == (0.9, 0)

    put(spark, settings, about("seat", 500), about("refund", 501))
    delete_rows(tweets(spark, about("seat", 3)).select("tweet_id"), settings, SILVER, by=("tweet_id",))
    full = asked(run_id=2, full=True, as_of=NOON + timedelta(hours=1))
    run_all(spark, settings, full)
    again = {row["tweet_id"]: row["topic_id"] for row in stored(spark, settings, "gold.tweet_topics")}
    assert again["seat-500"] == topic_of["seat"]
    assert "seat-3" not in again
    same = [again.get(each) == topic for each, topic in members.items() if each != "seat-3"]
    assert sum(same) / len(same) >= 0.95
    events = {row["event"] for row in stored(spark, settings, "gold.topic_events") if row["run_id"] == 2}
    assert events == {"kept"}

    ids = [
        publish_topics.with_document_id(read_table(spark, settings, f"gold.{name}"), name)
        for name in publish_topics.NAMES
    ]
    found = [row["_id"] for frame in ids for row in frame.select("_id").collect()]
    assert len(found) == len(set(found))
    assert f"acme:{topic_of['seat']}:week:2026-05-04T00Z" in found


def test_only_changed_weeks_are_judged_anew(spark: SparkSession, offline_settings: Settings) -> None:
    old: dict[str, Any] = {"created_at": NOON - timedelta(days=20), "created_on": (NOON - timedelta(days=20)).date()}
    put(spark, offline_settings, about("seat", 1), about("seat", 2, **old))
    clean_tweets.run(spark, offline_settings, asked())
    put(spark, offline_settings, about("seat", 3))
    clean_tweets.run(spark, offline_settings, asked(run_id=2, as_of=NOON + timedelta(hours=1)))
    report = stored(spark, offline_settings, "gold.cleaning_report")
    assert {(row["created_on"], row["run_id"]) for row in report if row["reason"] == "raw"} >= {(old["created_on"], 1)}
    assert sum(row["tweet_count"] for row in report if row["reason"] == "raw") == 3


def test_a_topic_that_had_too_few_authors_for_a_while_is_as_old_as_it_was() -> None:
    week = timedelta(days=7)
    stored = [{"brand": "acme", "topic_id": "t01", "born_at": NOON - week, "coherence": 0.5}]
    events = [
        {"brand": "acme", "topic_id": topic_id, "as_of": NOON - ago * week}
        for topic_id in ("t01", "t02")
        for ago in (1, 3)
    ]
    known = discover_topics.with_births(stored, events)
    assert known[("acme", "t01")] == stored[0] | {"born_at": NOON - 3 * week}
    assert known[("acme", "t02")] == {"born_at": NOON - 3 * week}
    assert discover_topics.with_births(stored, []) == {("acme", "t01"): stored[0]}
