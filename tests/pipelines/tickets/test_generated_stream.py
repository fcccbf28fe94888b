"""A generated stream with known truth: in quiet times and in a flood every tweet gets the role that it has to have."""

from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings
from generator import Line, World, generate
from generator.authors import brand_account
from generator.scenario import Brand, Scenario, Shares
from generator.world import regions, segments
from models.annotation.observations import keep_single_observations
from models.privacy.pseudonyms import build_key_frame
from pipelines.annotation.annotate_tweets import with_keys, with_masked_text
from pipelines.sinks.lake import append_rows, create_table
from pipelines.sources.lake import read_table
from pipelines.sources.payloads.parser import parse_payloads
from pipelines.tickets import find_complaints
from tests.builders import a_record, records
from tests.conftest import SECRET

QUIET, FLOOD = 0.05, 0.44
COMMITS = 3
Row = dict[str, Any]
UNUSUAL = ("repeats", "malformed", "untagged", "edits", "deletes", "account_notices")


def a_world() -> World:
    """One day of a brand of conf/brands."""
    brand = Brand("skyvarn", "Skyvarn Air", "FlySkyvarn", "airline")
    shares = Shares(**dict.fromkeys(UNUSUAL, 0.0))
    ends_at = datetime(2026, 5, 5, tzinfo=UTC)
    return World(Scenario("tickets", 5, ends_at, 1, 2400, 500, (brand,), shares=shares), segments({}), regions())


def has_brand(line: Line) -> bool:
    """A tweet that a rule of the brand matched: the others are observed beside, and of no brand."""
    return line.kind == "tweet" and b'"matching_rules"' in line.payload


def thin(lines: list[Line], share: float, dice: Random) -> list[Line]:
    """Leave out whole conversations, at random, until `share` of the tweets complain."""
    of = {line.truth[0][1]["tweet_id"]: _conversation(line) for line in lines}
    left, sizes, angry = set(of.values()), Counter(of.values()), Counter[str]()
    for line in lines:
        angry[_conversation(line)] += line.truth[0][1]["is_complaint"]
    order = sorted(left)
    dice.shuffle(order)
    is_too_angry = sum(angry.values()) > share * len(lines)
    for each in order:
        total, complaints = sum(sizes[one] for one in left), sum(angry[one] for one in left)
        if (complaints > share * total) != is_too_angry:
            break
        if (angry[each] > 0) == is_too_angry:
            left.discard(each)
    return [line for line in lines if _conversation(line) in left]


def _conversation(line: Line) -> str:
    """The conversation; of a retweet that of the retweeted tweet."""
    found = dict(line.truth)
    return str(found["conversations"]["conversation_id"] if "conversations" in found else found["cascades"]["root_id"])


def expected_roles(lines: list[Line], account: str) -> dict[str, str]:
    """{tweet id: role}, from the truth alone, in the order of the stream."""
    truth = {line.truth[0][1]["tweet_id"]: dict(line.truth) for line in lines}
    begun: set[str] = set()
    roles: dict[str, str] = {}
    for tweet_id, found in truth.items():
        if "conversations" not in found:
            continue
        talk, is_own = found["conversations"], found["tweets"]["author_id"] == account
        if found["tweets"]["is_complaint"] and not is_own:
            begun.add(talk["conversation_id"])
            roles[tweet_id] = "complaint"
            answered = talk["parent_id"] if talk["kind"] == "reply" else None
            for earlier in {answered, talk["conversation_id"]} - {None, tweet_id}:
                roles.setdefault(earlier, "original")
        elif talk["conversation_id"] in begun and talk["kind"] == "reply":
            roles[tweet_id] = "brand_reply" if is_own else "comment"
    return {tweet_id: role for tweet_id, role in roles.items() if tweet_id in truth}


def store(spark: SparkSession, settings: Settings, lines: list[Line]) -> None:
    """Bronze as land_tweets writes it, silver as annotate_tweets does, scored by the truth, in `COMMITS` commits."""
    landed = records(spark, *[a_record(line.payload, number) for number, line in enumerate(lines)]).localCheckpoint()
    for name in ("bronze.tweets", "silver.tweets"):
        create_table(spark, settings, name)
    append_rows(landed, settings, "bronze.tweets")
    truth = [line.truth[0][1] for line in lines]
    labels = spark.createDataFrame([(row["tweet_id"], row["is_complaint"], row["category"]) for row in truth],
                                   "tweet_id string, is_true boolean, true_category string")  # fmt: skip
    keyed = with_keys(parse_payloads(landed, settings.annotate_tweets), build_key_frame(spark, SECRET))
    scored = keep_single_observations(with_masked_text(keyed)).join(labels, "tweet_id", how="inner")
    tweets = scored.transform(with_true_scores).localCheckpoint()
    size = 1 + len(lines) // COMMITS
    for number in range(COMMITS):
        part = tweets.where(F.floor(F.col("offset") / size) == number)
        append_rows(part.coalesce(1), settings, "silver.tweets")


def with_true_scores(tweets: DataFrame) -> DataFrame:
    score = F.when(F.col("is_true"), 0.97).otherwise(0.02)
    happy = F.when(F.col("is_true"), 0.1).otherwise(0.6)
    negative, none = (1 - happy).alias("negative"), F.lit(None).cast("double")
    return tweets.withColumns(
        {
            "text_hash": F.sha2("text", 256),
            "sentiment": F.struct(
                F.lit("").alias("label"), happy.alias("score"), negative, none.alias("neutral"), none.alias("positive")
            ),
            "subjectivity": none,
            "complaint": F.struct(F.col("is_true").alias("is_complaint"), score.alias("score")),
            "category": F.struct(F.col("true_category").alias("label"), none.alias("score")),
            "model_version": F.lit("truth"),
        }
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("share", [QUIET, FLOOD])
def test_every_tweet_of_a_generated_stream_has_its_role_and_conversations_are_merged(
    spark: SparkSession, offline_settings: Settings, share: float
) -> None:
    asked = offline_settings.find_complaints.model_copy(update={"max_files_per_trigger": 1, "max_age_days": 36500})
    settings = offline_settings.model_copy(update={"find_complaints": asked})
    world = a_world()
    lines = thin([line for line in generate(world) if has_brand(line)], share, Random(1))
    complaints = sum(line.truth[0][1]["is_complaint"] for line in lines)
    assert abs(complaints / len(lines) - share) < 0.02
    store(spark, settings, lines)
    query = find_complaints.start(spark, settings, once=True)
    assert query.awaitTermination(600)
    assert query.exception() is None

    found = read_table(spark, settings, find_complaints.TABLE).collect()
    expected = expected_roles(lines, brand_account(world, 0).user_id)
    assert {row["tweet_id"]: row["role"] for row in found} == expected
    assert len(found) == len(expected)
    assert set(Counter(expected.values())) == {"complaint", "comment", "brand_reply", "original"}
    conversations = {line.truth[0][1]["tweet_id"]: _conversation(line) for line in lines}
    pairs = {(row["conversation_key"], conversations[row["tweet_id"]]) for row in found}
    assert len(pairs) == len({key for key, _ in pairs}) == len({each for _, each in pairs})
