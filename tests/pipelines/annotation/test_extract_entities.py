"""Entities of the candidates of tickets: each text read once, tweets first."""

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
from pipelines.annotation.extract_entities import CANDIDATES, TABLE, keep_unknown, select_texts, start
from pipelines.sinks.lake import create_table, update_rows
from pipelines.sources.lake import read_changes, read_table, table_version
from tests.builders import an_id
from tests.erasing import put
from tests.stored import stored_rows
from tests.taggers import write_tiny_tagger

DAY = date(2026, 5, 4)


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


def candidate(number: int, text: str, **fields: Any) -> dict[str, Any]:
    own = {"tweet_id": an_id(number=number), "text": text, "text_hash": f"hash of {text}", "role": "complaint"}
    return {"candidate_key": f"key of {number}", "brand": "skyvarn", "created_on": DAY} | own | fields


def append(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    put(spark, settings, CANDIDATES, *rows)


def follow(spark: SparkSession, settings: Settings) -> None:
    query = start(spark, settings, once=True)
    assert query is not None
    assert query.awaitTermination(120)
    assert query.exception() is None


def found(spark: SparkSession, settings: Settings) -> dict[str, list[str]]:
    rows = stored_rows(settings, TABLE)
    return {row["tweet_id"]: [each["text"] for each in row["entities"]] for row in rows}


def test_only_what_customers_wrote_is_looked_at_and_each_text_once(
    spark: SparkSession, settings: Settings, looked_at: list[int]
) -> None:
    append(
        spark,
        settings,
        candidate(1, "anna lost it"),
        candidate(1, "anna lost it", brand="norvant", candidate_key="another brand's"),
        candidate(2, "anna lost it", role="comment"),
        candidate(3, "7 7", created_on=DAY + timedelta(days=1)),
        candidate(4, "peter will help", role="brand_reply"),
        candidate(5, "carl is fine", role="original"),
    )
    follow(spark, settings)
    answers = found(spark, settings)
    assert set(answers) == {an_id(number=number) for number in (1, 2, 3)}
    assert answers[an_id(number=1)] == answers[an_id(number=2)] != []
    assert looked_at == [2]


def test_a_candidate_that_is_updated_is_not_looked_at_again(
    spark: SparkSession, settings: Settings, looked_at: list[int]
) -> None:
    append(spark, settings, candidate(1, "anna lost it"))
    follow(spark, settings)
    update_rows(spark, settings, CANDIDATES, "true", {"problem_key": "'a problem'"})
    append(spark, settings, candidate(2, "peter lost it"))
    follow(spark, settings)
    assert (looked_at, set(found(spark, settings))) == ([1, 1], {an_id(number=1), an_id(number=2)})


def test_another_tagger_looks_again(spark: SparkSession, settings: Settings) -> None:
    append(spark, settings, candidate(1, "anna lost it"))
    follow(spark, settings)
    candidates = read_table(spark, settings, CANDIDATES)
    known = read_table(spark, settings, TABLE)
    version = known.collect()[0]["model_version"]
    assert keep_unknown(candidates, known, version).count() == 0
    assert keep_unknown(candidates, known, "another").count() == 1


def test_a_batch_that_arrives_twice_changes_nothing(spark: SparkSession, settings: Settings) -> None:
    append(spark, settings, candidate(1, "anna lost it"))
    create_table(spark, settings, TABLE)
    annotator = load_entities(settings, spark)
    assert annotator is not None
    versions = []
    for _ in range(2):
        changes = select_texts(read_changes(spark, settings, CANDIDATES, 0))
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
    append(spark, settings, *(candidate(number, f"anna lost {number}") for number in range(250)))
    follow(spark, settings)
    ((pool, largest),) = pools
    assert pool == "idle"
    assert int(largest or 0) <= extract_entities.TEXTS_PER_TASK
    assert _pool_of(spark) == "default"


def _pool_of(spark: SparkSession) -> str | None:
    return spark.sparkContext.getLocalProperty("spark.scheduler.pool")
