"""Entities in Spark: an ONNX folder -> a saved Spark NLP pipeline (once) -> spans in masked texts.

It is run on ticket candidates only, so it is a pipeline of its own beside the one that scores every tweet.
Spark NLP answers one tag a word of the spaced text and counts in UTF-16 units; what leaves here are entities with
code-point offsets into the masked text. Built-in functions alone, checked against `models.annotation.reference_tagger`.
"""

import logging
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.schemas import ENTITIES
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
    """Where the ONNX folder of the settings lies; a relative path starts at the project's folder."""
    if settings.annotators.entities is None:
        raise UsageError("annotators.entities is null: name the folder of an entity annotator")
    return project_folder(settings.annotators.entities)


def entities_pipeline_folder(settings: Settings) -> Path:
    """Where the saved pipeline lies, whether it has been imported or not."""
    return Path(settings.annotators.pipelines) / annotator_version(entities_folder(settings))


def import_configured_entities(settings: Settings, dry_run: bool = False) -> Path | None:
    """Imports the settings' entity annotator, if they name one, unless that is done already.

    A process of its own does it: the caller's can still import another annotator.
    """
    if settings.annotators.entities is None:
        logger.info("no entity annotator: annotators.entities is null")
        return None
    target = entities_pipeline_folder(settings)
    if target.exists() or dry_run:
        logger.info("annotator %s %s", target.name, "is imported already" if target.exists() else "would be imported")
        return target
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        apart.submit(_import_apart, settings, target).result()
    logger.info("imported annotator %s", target.name)
    return target


def _import_apart(settings: Settings, target: Path) -> None:
    import_entities(entities_folder(settings), target, build_session(settings, "import_entities"))


def import_entities(folder: Path, target: Path, spark: SparkSession) -> None:
    """Saves the ONNX folder as a Spark NLP pipeline at `target`, which appears whole or not at all.

    BadInput when the folder is not one that Spark NLP can read.
    """
    check_annotator(folder)
    save_pipeline(build_tagging_pipeline(folder, spark), target, spark)


def build_tagging_pipeline(folder: Path, spark: SparkSession) -> "Pipeline":
    """text -> document -> tokens -> one annotation a token: its tag, and every tag's probability in the metadata."""
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
    """The settings' entity annotator, imported before; None where they name none.

    MissingPrerequisite names the command that imports it.
    """
    if settings.annotators.entities is None:
        return None
    return load_pipeline(entities_pipeline_folder(settings))


def extract_entities(annotator: Annotator, texts: DataFrame) -> DataFrame:
    """Masked texts in a column `text` -> the other columns and `entities`, a row for each row.

    A text without a word, or without an entity, has an empty array. The score is the mean probability of the tags.
    """
    masked = F.substring("text", 1, MAX_CHARACTERS)
    others = [name for name in texts.columns if name != "text"]
    prepared = texts.select(*others, masked.alias("masked"), space_punctuation_column(masked).alias("text"))
    tagged = annotator.pipeline.transform(prepared)
    return tagged.select(*others, _placed(_spans(F.col(_ANSWER))).cast(ENTITIES).alias("entities"))


def _spans(answer: Column) -> Column:
    """array<struct<type, first, last, score>> of Spark NLP's tags, read as `models.annotation.spans.decode_spans` does.

    `first` and `last` are the UTF-16 units of the spaced text between which a span lies, `last` inclusive.
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

    # The array of one makes the places a value: inside the lambda they would be worked out for each span again.
    known = F.array(visible_places_column(masked))
    placed = F.transform(known, lambda places: F.transform(spans, lambda span: entity(span, places)))
    return F.coalesce(F.get(placed, F.lit(0)), F.array())
