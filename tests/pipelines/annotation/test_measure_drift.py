"""Drift of the annotator's predictions per day, against the reference in its folder."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from conf.command_line import Options
from conf.settings import Settings
from models.annotation.annotator import annotator_version
from models.annotation.drift import BINS, read_reference
from models.annotation.heads import CATEGORY
from models.annotation.text.word_pieces import read_word_pieces
from pipelines.annotation import measure_drift
from pipelines.annotation.measure_drift import build_drift
from pipelines.sinks.lake import create_table, overwrite_rows
from pipelines.sources.lake import read_changes, table_version
from runtime.errors import MissingPrerequisite
from runtime.resources import PROJECT
from tests.builders import NOON, a_tweet, tweets
from tests.stored import stored_count, stored_rows

GOLDEN = PROJECT / "tests" / "golden" / "model_drift.jsonl"
FIRST = date(2026, 5, 4)
PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "text", *map(str, range(10)), *(f"##{digit}" for digit in range(10)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An annotator's folder with a reference that is uniform over the bins and the categories."""
    path = tmp_path / "annotator"
    (path / "assets").mkdir(parents=True)
    (path / "model.onnx").write_bytes(b"no model: nothing scores here")
    (path / "assets" / "vocab.txt").write_text("\n".join(PIECES))
    (path / "assets" / "labels.txt").write_text("\n".join(CATEGORY.keys))
    even = [1 / BINS] * BINS
    reference = {
        "bins": [number / BINS for number in range(BINS + 1)],
        "scores": {"sentiment": even, "subjectivity": even, "complaint": even},
        "labels": {"category": dict.fromkeys(CATEGORY.labels, 1 / len(CATEGORY.labels))},
        "unknown_share": 0.01,
        "empty_share": 0.0,
        "texts": 2000,
    }
    (path / "reference.json").write_text(json.dumps(reference))
    return path


@pytest.fixture
def settings(offline_settings: Settings, folder: Path) -> Settings:
    own = offline_settings.annotators.model_copy(update={"tweets": str(folder), "use_champion": False})
    return offline_settings.model_copy(update={"annotators": own})


def asked(**fields: Any) -> Options:
    return Options(
        **({"env": None, "brand": None, "as_of": NOON, "run_id": 1, "dry_run": False, "full": False} | fields)
    )


def a_day(
    version: str | None, day: int, texts: int, *, negative: float = 0.0, copies: int = 1, **fields: Any
) -> list[dict[str, Any]]:
    """Distinct texts whose scores are uniform over the bins; the share `negative` of them is in the lowest bin."""
    rows = []
    for number in range(texts):
        even = (number + 0.5) / texts
        positive = 0.0 if number < negative * texts else even
        sentiment = {
            "label": "positive" if positive > 0.5 else "negative",
            "score": positive,
            "negative": 1 - positive,
            "neutral": 0.0,
            "positive": positive,
        }
        answers = {
            "sentiment": sentiment,
            "subjectivity": even,
            "complaint": {"is_complaint": even > 0.5, "score": even},
            "category": {"label": CATEGORY.labels[number % len(CATEGORY.labels)], "score": 0.5},
            "model_version": version,
        }
        for copy in range(copies):
            rows.append(
                a_tweet(
                    tweet_id=f"{day}-{number}-{copy}",
                    created_on=FIRST + timedelta(days=day),
                    text=f"text {number}",
                    text_hash=f"hash {number}",
                    author_key=f"author {number}",
                    **(answers | fields),
                )
            )
    return rows


def nothing_said(version: str, day: int, count: int) -> list[dict[str, Any]]:
    rows = a_day(version, day, count, sentiment=None, subjectivity=None, complaint=None, category=None)
    return [row | {"tweet_id": f"empty-{row['tweet_id']}", "text": "", "text_hash": "empty"} for row in rows]


def fill_silver(spark: SparkSession, settings: Settings, *rows: dict[str, Any]) -> None:
    create_table(spark, settings, "silver.tweets")
    overwrite_rows(tweets(spark, *rows), settings, "silver.tweets")


def stored(spark: SparkSession, settings: Settings) -> dict[date, Row]:
    return {row.created_on: row for row in stored_rows(settings, "gold.model_drift")}


def test_the_days_of_a_small_world_are_those_of_the_golden_file(spark: SparkSession, folder: Path) -> None:
    unseen = a_day("v1", 3, 100)
    unseen = [row | {"text": "\u6b20 \u822a"} if number % 4 == 0 else row for number, row in enumerate(unseen)]
    world = [
        *a_day("v1", 0, 120),
        *nothing_said("v1", 0, 30),
        *a_day("v1", 1, 100, negative=0.6, copies=2),
        *a_day("v1", 2, 99, copies=3),
        *unseen,
    ]
    reference, pieces = read_reference(folder), read_word_pieces(folder / "assets" / "vocab.txt")
    built = build_drift(tweets(spark, *world), reference, pieces, 100, asked()).orderBy("created_on")
    expected = [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]
    assert [json.loads(line) for line in built.toJSON().collect()] == expected


def test_a_day_that_turns_negative_is_seen_and_an_even_one_is_not(
    spark: SparkSession, settings: Settings, folder: Path
) -> None:
    version = annotator_version(folder)
    fill_silver(spark, settings, *a_day(version, 0, 200), *a_day(version, 1, 200, negative=0.5))
    measure_drift.run(spark, settings, asked())
    even, turned = (stored(spark, settings)[FIRST + timedelta(days=day)] for day in (0, 1))
    assert (even.verdict, even.sentiment_psi) == ("stable", pytest.approx(0, abs=1e-9))
    assert (turned.verdict, turned.complaint_psi) == ("shifted", pytest.approx(0, abs=1e-9))
    assert turned.sentiment_psi > 0.5


def test_a_text_that_a_day_repeats_counts_once_in_the_index(
    spark: SparkSession, settings: Settings, folder: Path
) -> None:
    version = annotator_version(folder)
    viral = a_day(version, 0, 1, copies=300)
    rest = [row | {"text_hash": f"other {row['tweet_id']}"} for row in a_day(version, 0, 150)]
    fill_silver(spark, settings, *viral, *[row for row in rest if row["tweet_id"] != "0-0-0"])
    measure_drift.run(spark, settings, asked())
    found = stored(spark, settings)[FIRST]
    assert (found.tweet_count, found.text_count, found.verdict) == (450, 150, "stable")


def test_small_days_and_other_versions_and_unscored_tweets_are_left_out(
    spark: SparkSession, settings: Settings, folder: Path
) -> None:
    version = annotator_version(folder)
    fill_silver(spark, settings, *a_day(version, 0, 99, copies=2), *a_day("an older one", 1, 150), *a_day(None, 2, 150))
    measure_drift.run(spark, settings, asked())
    assert stored(spark, settings) == {}


def test_a_day_of_few_authors_is_left_out_and_what_is_told_of_the_others_is_rounded(
    spark: SparkSession, settings: Settings, folder: Path
) -> None:
    version = annotator_version(folder)
    few = [row | {"author_key": "busy"} for row in a_day(version, 0, 150)[:60]] + a_day(version, 0, 150)[60:]
    unseen = [row | {"text": "\u6b20"} for row in a_day(version, 1, 122, negative=0.3)[:9]]
    fill_silver(spark, settings, *few, *unseen, *a_day(version, 1, 122, negative=0.3)[9:])
    measure_drift.run(spark, settings, asked())
    reported = stored(spark, settings)
    (row,) = reported.values()
    assert (row.created_on, row.tweet_count, row.text_count) == (FIRST + timedelta(days=1), 120, 120)
    figures = (row.sentiment_psi, row.confidence_mean, row.unknown_share)
    assert min(figures) > 0
    assert [round(figure, 2) for figure in figures] == [*figures]
    before = table_version(spark, settings, "gold.model_drift")
    measure_drift.run(spark, settings, asked(run_id=2))
    assert table_version(spark, settings, "gold.model_drift") == before


def test_only_days_whose_tweets_changed_are_written_again(
    spark: SparkSession, settings: Settings, folder: Path
) -> None:
    version = annotator_version(folder)
    first, second = a_day(version, 0, 120), a_day(version, 1, 120)
    fill_silver(spark, settings, *first, *second)
    measure_drift.run(spark, settings, asked())
    before = table_version(spark, settings, "gold.model_drift")
    measure_drift.run(spark, settings, asked(run_id=2))
    assert table_version(spark, settings, "gold.model_drift") == before
    fill_silver(spark, settings, *first, *second[:110])
    measure_drift.run(spark, settings, asked(run_id=3))
    assert {day: (row.tweet_count, row.run_id) for day, row in stored(spark, settings).items()} == {
        FIRST: (120, 1),
        FIRST + timedelta(days=1): (110, 3),
    }
    measure_drift.run(spark, settings, asked(run_id=4, full=True))
    later = read_changes(spark, settings, "gold.model_drift", before + 2)
    assert later.count() == 0


def test_a_day_that_lost_its_tweets_goes_and_the_rows_of_an_older_version_stay(
    spark: SparkSession, settings: Settings, folder: Path
) -> None:
    version = annotator_version(folder)
    fill_silver(spark, settings, *a_day(version, 0, 120), *a_day(version, 1, 120))
    measure_drift.run(spark, settings, asked())
    (folder / "model.onnx").write_bytes(b"another model")
    fill_silver(spark, settings, *a_day(version, 0, 120), *a_day(annotator_version(folder), 1, 120))
    measure_drift.run(spark, settings, asked(run_id=2))
    assert stored_count(settings, "gold.model_drift") == 3
    fill_silver(spark, settings, *a_day(annotator_version(folder), 1, 50))
    measure_drift.run(spark, settings, asked(run_id=3))
    versions = [row.model_version for row in stored_rows(settings, "gold.model_drift")]
    assert versions == [version] * 2


def test_a_dry_run_writes_nothing(spark: SparkSession, settings: Settings, folder: Path) -> None:
    fill_silver(spark, settings, *a_day(annotator_version(folder), 0, 120))
    measure_drift.run(spark, settings, asked(dry_run=True))
    assert table_version(spark, settings, "gold.model_drift") == -1


def test_an_annotator_without_a_reference_is_told_in_one_sentence(
    spark: SparkSession, settings: Settings, folder: Path
) -> None:
    (folder / "reference.json").unlink()
    with pytest.raises(MissingPrerequisite, match=r"has no reference\.json"):
        measure_drift.run(spark, settings, asked())


def test_fewer_than_a_hundred_texts_a_day_cannot_be_asked_for(settings: Settings) -> None:
    from conf.settings import MeasureDrift

    with pytest.raises(ValueError, match="greater than or equal to 100"):
        MeasureDrift(min_texts=99)
