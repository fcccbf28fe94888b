"""Entities of complaints: from silver's change feed, each text read once, tweets first."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings, load_settings
from models.annotation.annotator import Annotator
from models.annotation.entities import extract_entities as tag_texts
from models.annotation.entities import import_configured_entities, load_entities
from pipelines.annotation import extract_entities
from pipelines.annotation.extract_entities import TABLE, keep_candidates, keep_newest, keep_unknown, start
from pipelines.sinks.lake import append_rows, create_table, update_rows
from pipelines.sources.lake import read_changes, read_table, table_version
from tests.builders import a_tweet, an_id, tweets
from tests.stored import stored_rows
from tests.taggers import write_tiny_tagger

DAY = date(2026, 5, 4)
ANGRY, CALM = {"is_complaint": True, "score": 0.9}, {"is_complaint": False, "score": 0.1}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a tiny tagger, imported as in production."""
    home = tmp_path_factory.mktemp("tiny")
    import_configured_entities(load_settings(overrides={"home": str(home), "annotators": _of(home)}))
    return home


@pytest.fixture
def settings(tiny: Path, offline_settings: Settings) -> Settings:
    return offline_settings.model_copy(update={"annotators": offline_settings.annotators.model_copy(update=_of(tiny))})


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts each call to the tagger was given."""
    counts: list[int] = []

    def counting(annotator: Annotator, texts: DataFrame) -> DataFrame:
        counts.append(texts.count())
        return tag_texts(annotator, texts)

    monkeypatch.setattr(extract_entities, "extract_entities", counting)
    return counts


def _of(home: Path) -> dict[str, str]:
    folder = home / "entities"
    return {
        "entities": str(folder if folder.exists() else write_tiny_tagger(folder)),
        "pipelines": str(home / "annotators"),
    }


def angry(number: int, text: str, **fields: Any) -> dict[str, Any]:
    fields = {"complaint": ANGRY, "text_hash": f"hash of {text}"} | fields
    return a_tweet(tweet_id=an_id(number=number), text=text, **fields)


def append(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    create_table(spark, settings, "silver.tweets")
    append_rows(tweets(spark, *rows).coalesce(1), settings, "silver.tweets")


def follow(spark: SparkSession, settings: Settings) -> None:
    query = start(spark, settings, once=True)
    assert query is not None
    assert query.awaitTermination(120)
    assert query.exception() is None


def found(spark: SparkSession, settings: Settings) -> dict[str, list[str]]:
    rows = stored_rows(settings, TABLE)
    return {row["tweet_id"]: [each["text"] for each in row["entities"]] for row in rows}


def test_only_what_its_author_complains_about_is_looked_at(
    spark: SparkSession, settings: Settings, looked_at: list[int]
) -> None:
    append(
        spark,
        settings,
        angry(1, "anna lost it"),
        angry(2, "anna lost it"),
        angry(3, "7 7", created_on=DAY + timedelta(days=1)),
        angry(4, "peter lost it", kind="retweet"),
        angry(5, "carl is fine", complaint=CALM),
        angry(6, "nobody knows", complaint=None),
    )
    follow(spark, settings)
    answers = found(spark, settings)
    assert set(answers) == {an_id(number=number) for number in (1, 2, 3)}
    assert answers[an_id(number=1)] == answers[an_id(number=2)] != []
    assert looked_at == [2]


def test_a_tweet_is_looked_at_again_only_when_its_text_changes(
    spark: SparkSession, settings: Settings, looked_at: list[int]
) -> None:
    append(spark, settings, angry(1, "anna lost it"), angry(2, "peter lost it"))
    follow(spark, settings)
    before = found(spark, settings)
    where = f"tweet_id = '{an_id(number=1)}'"
    update_rows(spark, settings, "silver.tweets", where, {"is_sensitive": "true"})
    follow(spark, settings)
    assert (looked_at, found(spark, settings)) == ([2], before)
    update_rows(spark, settings, "silver.tweets", where, {"text": "'carl lost it'", "text_hash": "'another'"})
    follow(spark, settings)
    assert looked_at == [2, 1]
    after = found(spark, settings)
    assert after[an_id(number=2)] == before[an_id(number=2)]
    assert after[an_id(number=1)] != before[an_id(number=1)]


def test_of_two_changes_in_a_batch_the_newest_counts(spark: SparkSession, settings: Settings) -> None:
    append(spark, settings, angry(1, "anna lost it"))
    update_rows(spark, settings, "silver.tweets", "true", {"text": "'carl lost it'", "text_hash": "'another'"})
    newest = keep_newest(keep_candidates(read_changes(spark, settings, "silver.tweets", 0))).collect()
    assert [(row["text"], row["text_hash"]) for row in newest] == [("carl lost it", "another")]


def test_another_tagger_looks_again(spark: SparkSession, settings: Settings) -> None:
    append(spark, settings, angry(1, "anna lost it"))
    follow(spark, settings)
    candidates = keep_candidates(read_table(spark, settings, "silver.tweets"))
    known = read_table(spark, settings, TABLE)
    version = known.collect()[0]["model_version"]
    assert keep_unknown(candidates, known, version).count() == 0
    assert keep_unknown(candidates, known, "another").count() == 1


def test_a_batch_that_arrives_twice_changes_nothing(spark: SparkSession, settings: Settings) -> None:
    append(spark, settings, angry(1, "anna lost it"))
    create_table(spark, settings, TABLE)
    annotator = load_entities(settings, spark)
    assert annotator is not None
    versions = []
    for _ in range(2):
        changes = keep_candidates(read_changes(spark, settings, "silver.tweets", 0))
        extract_entities.write_batch(changes, 0, settings=settings, annotator=annotator)
        versions.append(table_version(spark, settings, TABLE))
    assert versions[0] == versions[1]


def test_without_an_annotator_there_is_no_query(spark: SparkSession, settings: Settings) -> None:
    without = settings.annotators.model_copy(update={"entities": None})
    assert start(spark, settings.model_copy(update={"annotators": without}), once=True) is None


def test_its_tasks_are_short_and_stand_in_the_background(
    spark: SparkSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools: list[Sequence[str | None]] = []

    def noting(annotator: Annotator, texts: DataFrame) -> DataFrame:
        sizes = texts.groupBy(F.spark_partition_id()).count().collect()
        pools.append((_pool_of(spark), str(max(row["count"] for row in sizes))))
        return tag_texts(annotator, texts)

    monkeypatch.setattr(extract_entities, "extract_entities", noting)
    append(spark, settings, *(angry(number, f"anna lost {number}") for number in range(250)))
    follow(spark, settings)
    ((pool, largest),) = pools
    assert pool == "idle"
    assert int(largest or 0) <= extract_entities.TEXTS_PER_TASK
    assert _pool_of(spark) == "default"


def _pool_of(spark: SparkSession) -> str | None:
    return spark.sparkContext.getLocalProperty("spark.scheduler.pool")
