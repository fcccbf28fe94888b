"""Entities through the real Spark NLP: a tiny tagger, whose tags follow from first characters, shows the alignment."""

import json
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from conf.schemas.silver import ENTITIES
from conf.settings import Settings, load_settings
from models.annotation.annotator import Annotator
from models.annotation.entities import (
    entities_folder,
    entities_pipeline_folder,
    extract_entities,
    import_configured_entities,
    load_entities,
)
from models.annotation.reference_tagger import ReferenceTagger
from runtime.errors import BadInput, MissingPrerequisite, UsageError
from runtime.resources import PROJECT
from tests.taggers import write_tiny_tagger

TWEETS = [
    "Anna Novak flew from London to Paris yesterday",
    "\U0001f600\U0001f600 can\u2019t believe @user lost my bag in #Berlin\u2026 http",
    "just got the new iPhone from the Apple store in Oslo \U0001f44d\U0001f3fd",
    "listening to \u201cThriller\u201d by Michael Jackson \u2014 \u6771\u4eac!",
    "@user @user: [email] [phone] [account] http",
]
HOSTILE = ["a-" * 150_000, "anna " * 400, "\U0001f600" * 3000, "\u2026" * 2500, "e\u0301 \u0301 \u0301\u0301 anna"]


def golden() -> list[dict[str, list[object]]]:
    lines = (PROJECT / "tests" / "golden" / "entities.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a tiny tagger, imported as in production."""
    home = tmp_path_factory.mktemp("tiny")
    names = {"entities": str(write_tiny_tagger(home / "entities")), "pipelines": str(home / "annotators")}
    import_configured_entities(load_settings(overrides={"home": str(home), "annotators": names}))
    return home


@pytest.fixture
def tiny_settings(tiny: Path, offline_settings: Settings) -> Settings:
    return with_annotators(offline_settings, entities=str(tiny / "entities"), pipelines=str(tiny / "annotators"))


@pytest.fixture
def annotator(tiny_settings: Settings, spark: SparkSession) -> Annotator:
    loaded = load_entities(tiny_settings, spark)
    assert loaded is not None
    return loaded


def with_annotators(settings: Settings, **values: str | None) -> Settings:
    return settings.model_copy(update={"annotators": settings.annotators.model_copy(update=values)})


def texts(spark: SparkSession, *rows: str | None) -> DataFrame:
    return spark.createDataFrame([(str(i), text) for i, text in enumerate(rows)], "text_hash string, text string")


def found(annotator: Annotator, spark: SparkSession, *rows: str | None) -> list[list[list[object]]]:
    """[type, text, begin, end] of each entity of each row."""
    answers = {row.text_hash: row.entities for row in extract_entities(annotator, texts(spark, *rows)).collect()}
    return [[[each.type, each.text, each.begin, each.end] for each in answers[str(i)]] for i in range(len(rows))]


def test_entities_stand_where_the_golden_file_says(annotator: Annotator, spark: SparkSession) -> None:
    rows = golden()
    answers = found(annotator, spark, *[str(row["text"]) for row in rows])
    assert [{"text": row["text"], "entities": answer} for row, answer in zip(rows, answers, strict=True)] == rows


def test_plain_onnxruntime_finds_the_same(tiny: Path) -> None:
    tagger = ReferenceTagger(tiny / "entities")
    for row in golden():
        answer = tagger.extract(str(row["text"]))
        assert [[each.type, each.text, each.begin, each.end] for each in answer] == row["entities"]


def test_hostile_texts_are_read_alike_by_both(annotator: Annotator, spark: SparkSession, tiny: Path) -> None:
    tagger = ReferenceTagger(tiny / "entities")
    plain = [[[each.type, each.text, each.begin, each.end] for each in tagger.extract(text)] for text in HOSTILE]
    assert found(annotator, spark, *HOSTILE) == plain


def test_scores_are_the_probabilities_of_plain_onnxruntime(
    annotator: Annotator, spark: SparkSession, tiny: Path
) -> None:
    answers = extract_entities(annotator, texts(spark, "anna novak, 7"))
    assert answers.schema["entities"].dataType == ENTITIES
    scores = [each.score for each in answers.collect()[0].entities]
    assert scores == pytest.approx([each.score for each in ReferenceTagger(tiny / "entities").extract("anna novak, 7")])
    assert scores[0] == pytest.approx(0.845, abs=0.01)


def test_a_text_without_a_word_keeps_its_row_and_has_no_entity(annotator: Annotator, spark: SparkSession) -> None:
    assert found(annotator, spark, None, "", " \u200d ", "!") == [[], [], [], []]


def test_the_shipped_annotator_answers_through_spark_as_in_plain_onnxruntime(
    offline_settings: Settings, spark: SparkSession, imported_annotator: Path
) -> None:
    shipped = load_entities(offline_settings, spark)
    assert shipped is not None
    tagger = ReferenceTagger(entities_folder(offline_settings))
    plain = [[[each.type, each.text, each.begin, each.end] for each in tagger.extract(text)] for text in TWEETS]
    assert found(shipped, spark, *TWEETS) == plain
    assert ["person", "Anna Novak"] in [each[:2] for each in plain[0]]
    assert ["location", "London"] in [each[:2] for each in plain[0]]
    assert plain[-1] == []


def test_a_second_import_does_nothing(tiny_settings: Settings) -> None:
    before = entities_pipeline_folder(tiny_settings).stat().st_mtime_ns
    assert import_configured_entities(tiny_settings) == entities_pipeline_folder(tiny_settings)
    assert entities_pipeline_folder(tiny_settings).stat().st_mtime_ns == before
    assert [
        path.name for path in entities_pipeline_folder(tiny_settings).parent.iterdir() if "partial" in path.name
    ] == []


def test_a_dry_run_imports_nothing(tiny_settings: Settings, tmp_path: Path) -> None:
    target = import_configured_entities(with_annotators(tiny_settings, pipelines=str(tmp_path)), dry_run=True)
    assert target is not None
    assert not target.exists()


def test_a_folder_that_breaks_the_contract_is_refused_before_it_is_imported(
    tiny_settings: Settings, tmp_path: Path
) -> None:
    folder = write_tiny_tagger(tmp_path / "entities")
    (folder / "assets" / "labels.txt").write_text("O\nB-person\n")
    with pytest.raises(BadInput, match=r"labels\.txt has 2 labels"):
        import_configured_entities(with_annotators(tiny_settings, entities=str(folder)))


def test_settings_that_name_no_entity_annotator_do_without(offline_settings: Settings, spark: SparkSession) -> None:
    without = with_annotators(offline_settings, entities=None)
    assert import_configured_entities(without) is None
    assert load_entities(without, spark) is None
    with pytest.raises(UsageError, match=r"annotators\.entities is null"):
        entities_folder(without)


def test_an_annotator_that_is_not_imported_names_the_command(
    tiny_settings: Settings, spark: SparkSession, tmp_path: Path
) -> None:
    with pytest.raises(MissingPrerequisite, match=r"jobs\.import_annotator"):
        load_entities(with_annotators(tiny_settings, pipelines=str(tmp_path)), spark)
