"""Entities in Spark: an ONNX folder -> a saved Spark NLP pipeline (once) -> spans in masked texts.

It runs on ticket candidates only, so it is a separate pipeline from the one that scores every tweet. Spark NLP returns
one tag per word of the spaced text, with offsets in UTF-16 units; the entities have code-point offsets into the masked
text. Built-in functions only, checked against `models.annotation.reference_tagger`.
"""

import logging
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.schemas.silver import ENTITIES
from conf.session import build_session
from conf.settings import Settings
from models.annotation.annotator import (
    MAX_CHARACTERS,
    MAX_TOKENS,
    Annotator,
    annotator_version,
    load_pipeline,
    save_pipeline,
)
from models.annotation.annotator_folder import check_annotator
from models.annotation.spans import OUTSIDE
from models.annotation.text.alignment import visible_before, visible_places_column
from models.annotation.text.normaliser import space_punctuation_column
from runtime.errors import UsageError
from runtime.resources import project_folder

if TYPE_CHECKING:
    from pyspark.ml import Pipeline

logger = logging.getLogger("brandpulse.entities")

_ANSWER = "answer"


def entities_folder(settings: Settings) -> Path:
    """The ONNX folder of the settings; a relative path starts at the project's folder."""
    if settings.annotators.entities is None:
        raise UsageError("annotators.entities is null: name the folder of an entity annotator")
    return project_folder(settings.annotators.entities)


def entities_pipeline_folder(settings: Settings) -> Path:
    """The folder of the saved pipeline, which may not be imported yet."""
    return Path(settings.annotators.pipelines) / annotator_version(entities_folder(settings))


def import_configured_entities(settings: Settings, dry_run: bool = False) -> Path | None:
    """Imports the settings' entity annotator, if they name one, unless it is already imported.

    A process of its own imports it, so that the caller's process can still import another annotator.
    """
    if settings.annotators.entities is None:
        logger.info("no entity annotator: annotators.entities is null")
        return None
    target = entities_pipeline_folder(settings)
    if target.exists() or dry_run:
        logger.info("annotator %s %s", target.name, "is already imported" if target.exists() else "would be imported")
        return target
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        apart.submit(_import_apart, settings, target).result()
    logger.info("imported annotator %s", target.name)
    return target


def _import_apart(settings: Settings, target: Path) -> None:
    import_entities(entities_folder(settings), target, build_session(settings, "import_entities"))


def import_entities(folder: Path, target: Path, spark: SparkSession) -> None:
    """Saves the ONNX folder as a Spark NLP pipeline at `target`, atomically.

    BadInput when Spark NLP cannot read the folder.
    """
    check_annotator(folder)
    save_pipeline(build_tagging_pipeline(folder, spark), target, spark)


def build_tagging_pipeline(folder: Path, spark: SparkSession) -> "Pipeline":
    """text -> document -> tokens -> one annotation per token: its tag, and every tag's probability in the metadata."""
    import sparknlp  # registers its classes with the session's JVM
    from pyspark.ml import Pipeline
    from sparknlp.annotator import BertForTokenClassification, Tokenizer

    document = sparknlp.DocumentAssembler().setInputCol("text").setOutputCol("document")
    token = Tokenizer().setInputCols(["document"]).setOutputCol("token")
    tagger = (
        BertForTokenClassification.loadSavedModel(str(folder), spark)
        .setInputCols(["document", "token"])
        .setOutputCol(_ANSWER)
        .setCaseSensitive(False)
        .setMaxSentenceLength(MAX_TOKENS)
        .setBatchSize(32)
    )
    return Pipeline(stages=[document, token, tagger])


def load_entities(settings: Settings, spark: SparkSession) -> Annotator | None:
    """The settings' imported entity annotator; None where they name none.

    MissingPrerequisite names the command that imports it.
    """
    if settings.annotators.entities is None:
        return None
    return load_pipeline(entities_pipeline_folder(settings))


def extract_entities(annotator: Annotator, texts: DataFrame) -> DataFrame:
    """Masked texts in a column `text` -> the same rows with `entities` instead of `text`.

    A text without an entity has an empty array. The score of an entity is the mean probability of its tags.
    """
    masked = F.substring("text", 1, MAX_CHARACTERS)
    others = [name for name in texts.columns if name != "text"]
    prepared = texts.select(*others, masked.alias("masked"), space_punctuation_column(masked).alias("text"))
    tagged = annotator.pipeline.transform(prepared)
    return tagged.select(*others, _placed(_spans(F.col(_ANSWER))).cast(ENTITIES).alias("entities"))


def _spans(answer: Column) -> Column:
    """array<struct<type, first, last, score>> of Spark NLP's tags, decoded like `models.annotation.spans.decode_spans`.

    `first` and `last` are UTF-16 units of the spaced text, both inclusive.
    """
    tags, places = answer["result"], F.transform(answer, lambda _, place: place)

    def span(start: Column) -> Column:
        kind = _kind(F.get(tags, start))
        others = F.filter(places, lambda place: (place > start) & (F.get(tags, place) != F.concat(F.lit("I-"), kind)))
        end = F.coalesce(F.array_min(others), F.size(answer))
        return F.struct(
            kind.alias("type"),
            F.get(answer, start)["begin"].alias("first"),
            F.get(answer, end - 1)["end"].alias("last"),
            _mean_score(F.slice(answer, start + 1, end - start)).alias("score"),
        )

    return F.transform(F.filter(places, lambda place: _begins(F.get(tags, place), F.get(tags, place - 1))), span)


def _begins(tag: Column, before: Column) -> Column:
    continues = tag.startswith("I-") & F.coalesce(_kind(before) == _kind(tag), F.lit(False))
    return (tag != OUTSIDE) & ~continues


def _kind(tag: Column) -> Column:
    return F.substring(tag, 3, 100)


def _mean_score(words: Column) -> Column:
    total = F.aggregate(words, F.lit(0.0), lambda total, word: total + word["metadata"][word["result"]].cast("double"))
    return total / F.size(words)


def _placed(spans: Column) -> Column:
    """The spans as entities of the masked text."""
    masked, spaced = F.col("masked"), F.col("text")

    def entity(span: Column, places: Column) -> Column:
        begin = F.get(places, visible_before(spaced, span["first"]))
        end = F.get(places, visible_before(spaced, span["last"] + 1) - 1) + 1
        return F.struct(
            span["type"].alias("type"),
            masked.substr(begin + 1, end - begin).alias("text"),
            begin.alias("begin"),
            end.alias("end"),
            span["score"].alias("score"),
        )

    # An array of one, so that the places are computed once: inside the lambda they would be computed for each span.
    known = F.array(visible_places_column(masked))
    placed = F.transform(known, lambda places: F.transform(spans, lambda span: entity(span, places)))
    return F.coalesce(F.get(placed, F.lit(0)), F.array())
