"""The shipped annotator through Spark NLP, imported once for the run."""

import shutil
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from conf.schemas.silver import CATEGORY, COMPLAINT, SENTIMENT
from conf.settings import Settings
from models.annotation.annotator import (
    Annotator,
    annotator_folder,
    annotator_version,
    answer_texts,
    import_configured_annotator,
    load_annotator,
    pipeline_folder,
    score_texts,
)
from models.annotation.heads import HEADS
from models.annotation.reference_annotator import ReferenceAnnotator
from runtime.errors import MissingPrerequisite

PRAISE = "I love this, what a wonderful day! Thank you @user"
BLAME = "worst service ever, I am so angry and disappointed"
FACT = "The meeting starts at 10 on Monday in room 4"


@pytest.fixture
def annotator(offline_settings: Settings, spark: SparkSession, imported_annotator: Path) -> Annotator:
    return load_annotator(offline_settings, spark)


def texts(spark: SparkSession, *rows: str | None) -> DataFrame:
    return spark.createDataFrame([(str(i), text) for i, text in enumerate(rows)], "text_hash string, text string")


def test_praise_blame_and_fact_are_told_apart(annotator: Annotator, spark: SparkSession) -> None:
    scored = score_texts(annotator, texts(spark, PRAISE, BLAME, FACT)).orderBy("text_hash").collect()
    assert [row.sentiment.label for row in scored] == ["positive", "negative", "neutral"]
    assert scored[0].sentiment.score > scored[2].sentiment.score > scored[1].sentiment.score


def test_score_and_subjectivity_follow_from_the_probabilities(annotator: Annotator, spark: SparkSession) -> None:
    scored = score_texts(annotator, texts(spark, PRAISE))
    assert scored.schema["sentiment"].dataType == SENTIMENT
    row = scored.collect()[0]
    assert row.sentiment.negative + row.sentiment.neutral + row.sentiment.positive == pytest.approx(1, abs=1e-5)
    assert row.sentiment.score == pytest.approx(row.sentiment.positive + row.sentiment.neutral / 2)
    assert row.subjectivity == pytest.approx(1 - row.sentiment.neutral)
    assert row.model_version == annotator.version


def test_a_text_without_a_word_keeps_its_row_and_has_no_sentiment(annotator: Annotator, spark: SparkSession) -> None:
    scored = score_texts(annotator, texts(spark, None, "", " \u200d ")).collect()
    assert [(row.sentiment, row.subjectivity, row.complaint, row.category, row.model_version) for row in scored] == [
        (None, None, None, None, annotator.version)
    ] * 3


def test_emoji_other_scripts_and_a_huge_text_get_an_answer(annotator: Annotator, spark: SparkSession) -> None:
    scored = score_texts(annotator, texts(spark, "\U0001f600\U0001f600", "日本語", "a-" * 150_000, "...")).collect()
    assert all(row.sentiment.label in ("negative", "neutral", "positive") for row in scored)


def test_a_tweet_with_marks_inside_its_words_scores_as_in_plain_onnxruntime(
    annotator: Annotator, spark: SparkSession, offline_settings: Settings
) -> None:
    rows = [
        PRAISE,
        BLAME,
        FACT,
        "can't stand #delays, 9.5/10 late\u2026",
        "it\u2019s \u201cfine\u201d \u2014 café, naïve",
    ]
    scored = score_texts(annotator, texts(spark, *rows)).orderBy("text_hash").collect()
    through_spark = [[row.sentiment.negative, row.sentiment.neutral, row.sentiment.positive] for row in scored]
    plain = ReferenceAnnotator(annotator_folder(offline_settings)).score(rows)
    assert through_spark == [pytest.approx(list(expected), abs=0.02) for expected in plain["sentiment"]]
    complaints = [row.complaint.score for row in scored]
    assert complaints == pytest.approx(plain["complaint"][:, 1].tolist(), abs=0.02)
    assert [row.category.score for row in scored] == pytest.approx(plain["category"].max(axis=1).tolist(), abs=0.02)


def test_a_complaint_is_told_from_praise_and_its_category_named(annotator: Annotator, spark: SparkSession) -> None:
    lost = "@user you lost my luggage and nobody answers the phone, two days now"
    app = "@user your app keeps crashing when I log in, please fix it"
    scored = score_texts(annotator, texts(spark, lost, app, PRAISE))
    assert (scored.schema["complaint"].dataType, scored.schema["category"].dataType) == (COMPLAINT, CATEGORY)
    found = scored.orderBy("text_hash").collect()
    assert [row.complaint.is_complaint for row in found] == [True, True, False]
    assert [row.category.label for row in found[:2]] == ["lost_or_damaged", "technical"]


def test_every_probability_comes_back_as_the_graph_gave_it(annotator: Annotator, spark: SparkSession) -> None:
    answers = answer_texts(annotator, texts(spark, PRAISE, BLAME)).collect()
    for row in answers:
        for head in HEADS:
            assert sum(float(row.probabilities[key]) for key in head.keys) == pytest.approx(1, abs=1e-4)


def test_a_second_import_does_nothing(offline_settings: Settings, imported_annotator: Path) -> None:
    before = pipeline_folder(offline_settings).stat().st_mtime_ns
    assert import_configured_annotator(offline_settings) == pipeline_folder(offline_settings)
    assert pipeline_folder(offline_settings).stat().st_mtime_ns == before
    assert [path.name for path in imported_annotator.iterdir() if "partial" in path.name] == []


def test_a_dry_run_imports_nothing(offline_settings: Settings, tmp_path: Path) -> None:
    elsewhere = offline_settings.annotators.model_copy(update={"pipelines": str(tmp_path / "none")})
    target = import_configured_annotator(offline_settings.model_copy(update={"annotators": elsewhere}), dry_run=True)
    assert not target.exists()


def test_an_annotator_that_is_not_imported_names_the_command(
    offline_settings: Settings, spark: SparkSession, tmp_path: Path
) -> None:
    elsewhere = offline_settings.annotators.model_copy(update={"pipelines": str(tmp_path / "none")})
    with pytest.raises(MissingPrerequisite, match=r"jobs\.import_annotator"):
        load_annotator(offline_settings.model_copy(update={"annotators": elsewhere}), spark)


def test_a_folder_that_lacks_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite, match=r"model\.onnx"):
        annotator_version(tmp_path)


def test_the_version_changes_with_any_file(offline_settings: Settings, tmp_path: Path) -> None:
    shipped = annotator_folder(offline_settings)
    copy = tmp_path / shipped.name
    shutil.copytree(shipped, copy)
    assert annotator_version(copy) == annotator_version(shipped)
    (copy / "assets" / "labels.txt").write_text("a\nb\nc\n")
    assert annotator_version(copy) != annotator_version(shipped)
