"""The annotator in Spark: an ONNX folder -> a saved Spark NLP pipeline (once) -> scores for texts (every batch).

Spark NLP can import one ONNX model per process, so importing is a job of its own; everything else loads the saved
pipeline, once per process and never inside a batch. A new head is one entry in `models.annotation.heads` and one field
in `conf.schemas`: `score_texts` runs the pipeline once and reads the labels of every head from its output.
"""

import hashlib
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.ml import PipelineModel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from conf.schemas.silver import CATEGORY as CATEGORY_SHAPE
from conf.schemas.silver import COMPLAINT as COMPLAINT_SHAPE
from conf.schemas.silver import SENTIMENT as SENTIMENT_SHAPE
from conf.session import build_session
from conf.settings import Settings
from models.annotation.annotator_folder import FILES, check_annotator, check_files
from models.annotation.heads import CATEGORY, COMPLAINT, SENTIMENT, Head
from models.annotation.text.normaliser import FITTING_VERSIONS, NORMALISER_VERSION, space_punctuation_column
from models.tracking import CHAMPION, find_registered
from runtime.errors import CheckFailed, MissingPrerequisite
from runtime.resources import project_folder

if TYPE_CHECKING:
    from pyspark.ml import Pipeline

logger = logging.getLogger("brandpulse.annotator")

REGISTERED_AS = "annotator"
"""The name of annotators in the model registry."""

MAX_TOKENS = 128
MAX_CHARACTERS = 2000  # contains the first 126 word pieces; a hostile text of 300 kB costs no more than a tweet

# Spark NLP returns one annotation per label above the threshold, each with the scores of all labels: one is enough.
# The most likely of three sentiments is never below a third. Takes effect only after the pipeline is saved and loaded.
_THRESHOLD = 0.3

_ANSWER, _CHANCES, _MASKED = "answer", "probabilities", "masked"


@dataclass(frozen=True)
class Annotator:
    """A loaded pipeline; `version` is the `model_version` of the rows that it scores."""

    pipeline: PipelineModel
    version: str


def annotator_version(folder: Path) -> str:
    """`<folder name>-<12 hex digits>`: sha256 over the model's files and the normaliser's version."""
    check_files(folder)
    digest = hashlib.sha256(NORMALISER_VERSION.encode())
    for name in FILES:
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return f"{folder.name}-{digest.hexdigest()[:12]}"


def shipped_folder(settings: Settings) -> Path:
    """The ONNX folder of the settings; a relative path starts at the project's folder."""
    return project_folder(settings.annotators.tweets)


def annotator_folder(settings: Settings) -> Path:
    """The ONNX folder that scores: the registered champion's or, without registry or champion, the shipped one.

    CheckFailed when the champion was trained with a normaliser that does not fit this code's.
    """
    champion = find_registered(settings, REGISTERED_AS, CHAMPION) if settings.annotators.use_champion else None
    if champion is None:
        return shipped_folder(settings)
    trained_with = champion.tags.get("normaliser")
    if trained_with not in FITTING_VERSIONS:
        raise CheckFailed(
            f"the champion, version {champion.number}, was registered for {trained_with}, but texts are normalised by "
            f"{NORMALISER_VERSION}: promote an annotator that fits (jobs.promote_annotator), or set "
            "annotators.use_champion: false"
        )
    logger.info("the champion is version %s of the registry", champion.number)
    return champion.folder


def pipeline_folder(settings: Settings) -> Path:
    """The folder of the saved pipeline of the settings' annotator, which may not be imported yet."""
    return _pipeline_of(settings, annotator_folder(settings))


def import_configured_annotator(settings: Settings, dry_run: bool = False) -> Path:
    """Imports the settings' annotator unless it is already imported; needs a process of its own."""
    folder = annotator_folder(settings)
    target = _pipeline_of(settings, folder)
    if target.exists() or dry_run:
        logger.info("annotator %s %s", target.name, "is already imported" if target.exists() else "would be imported")
        return target
    import_annotator(folder, target, build_session(settings, "import_annotator"))
    logger.info("imported annotator %s", target.name)
    return target


def _pipeline_of(settings: Settings, folder: Path) -> Path:
    return Path(settings.annotators.pipelines) / annotator_version(folder)


def import_annotator(folder: Path, target: Path, spark: SparkSession) -> None:
    """Saves the ONNX folder as a Spark NLP pipeline at `target`, atomically.

    BadInput when Spark NLP cannot read the folder.
    """
    check_annotator(folder)
    save_pipeline(build_pipeline(folder, spark), target, spark)


def save_pipeline(pipeline: "Pipeline", target: Path, spark: SparkSession) -> None:
    """Saves a pipeline of texts at `target`, atomically."""
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    one_empty_row = spark.range(1).select(F.lit("").alias("text"))
    pipeline.fit(one_empty_row).save(f"file://{partial}")
    try:
        partial.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(partial)  # another process was first; the same name means the same content


def build_pipeline(folder: Path, spark: SparkSession) -> "Pipeline":
    """text -> document -> tokens -> annotations with the probability of every label in their metadata.

    The graph outputs logits of probabilities (`models.training.network`): a sigmoid gives the probabilities.
    """
    import sparknlp  # registers its classes with the session's JVM
    from pyspark.ml import Pipeline
    from sparknlp.annotator import BertForSequenceClassification, Tokenizer

    document = sparknlp.DocumentAssembler().setInputCol("text").setOutputCol("document")
    token = Tokenizer().setInputCols(["document"]).setOutputCol("token")
    classifier = (
        BertForSequenceClassification.loadSavedModel(str(folder), spark)
        .setInputCols(["document", "token"])
        .setOutputCol(_ANSWER)
        .setCaseSensitive(False)
        .setMaxSentenceLength(MAX_TOKENS)
        .setBatchSize(32)
        .setActivation("sigmoid")
        .setThreshold(_THRESHOLD)
    )
    return Pipeline(stages=[document, token, classifier])


def load_annotator(settings: Settings, spark: SparkSession) -> Annotator:
    """The imported pipeline of the settings' annotator; MissingPrerequisite names the command that imports it."""
    return load_pipeline(pipeline_folder(settings))


def load_pipeline(target: Path) -> Annotator:
    """The pipeline that `save_pipeline` saved; MissingPrerequisite names the command that imports it."""
    import sparknlp  # PipelineModel.load finds the stages' Python classes through this import

    if not target.exists():
        raise MissingPrerequisite(
            f"annotator {target.name} is not imported: run `.venv/bin/python -m jobs.import_annotator`"
        )
    logger.info("loading annotator %s with Spark NLP %s", target.name, sparknlp.version())
    return Annotator(PipelineModel.load(f"file://{target}"), target.name)


def score_texts(annotator: Annotator, texts: DataFrame) -> DataFrame:
    """[text_hash, text] of masked texts -> the same rows with SCORED_COLUMNS.

    sentiment.score is positive + neutral / 2 (0 all negative, 1 all positive); subjectivity is 1 - neutral;
    complaint.score and category.score are probabilities. A text without a word (null, empty, only invisible
    characters) has nulls.
    """
    probabilities = F.col(_CHANCES)
    columns = {
        "sentiment": _struct(probabilities, SENTIMENT_SHAPE, _sentiment(probabilities)),
        "subjectivity": 1 - _probability(probabilities, SENTIMENT, "neutral"),
        "complaint": _struct(probabilities, COMPLAINT_SHAPE, _complaint(probabilities)),
        "category": _struct(probabilities, CATEGORY_SHAPE, _category(probabilities)),
        "model_version": F.lit(annotator.version),
    }
    answered = answer_texts(annotator, texts)
    return answered.select("text_hash", "text", *[column.alias(name) for name, column in columns.items()])


def answer_texts(annotator: Annotator, texts: DataFrame) -> DataFrame:
    """The same texts -> [text_hash, text, probabilities]: map `head=label` -> 0..1 as string; null without a word."""
    spaced = space_punctuation_column(F.substring("text", 1, MAX_CHARACTERS))
    prepared = texts.select("text_hash", F.col("text").alias(_MASKED), spaced.alias("text"))
    answered = annotator.pipeline.transform(prepared)
    probabilities = F.get(_ANSWER, F.lit(0))["metadata"]
    return answered.select("text_hash", F.col(_MASKED).alias("text"), probabilities.alias(_CHANCES))


def _sentiment(probabilities: Column) -> dict[str, Column]:
    fields = {label: _probability(probabilities, SENTIMENT, label) for label in SENTIMENT.labels}
    score = fields["positive"] + fields["neutral"] / 2
    return fields | {"label": _most_likely(probabilities, SENTIMENT), "score": score}


def _complaint(probabilities: Column) -> dict[str, Column]:
    score = _probability(probabilities, COMPLAINT, "yes")
    return {"is_complaint": score > _probability(probabilities, COMPLAINT, "no"), "score": score}


def _category(probabilities: Column) -> dict[str, Column]:
    chances = [_probability(probabilities, CATEGORY, label) for label in CATEGORY.labels]
    return {"label": _most_likely(probabilities, CATEGORY), "score": F.greatest(*chances)}


def _struct(probabilities: Column, shape: StructType, fields: dict[str, Column]) -> Column:
    return F.when(probabilities.isNotNull(), F.struct(*[fields[name].alias(name) for name in shape.names]))


def _probability(probabilities: Column, head: Head, label: str) -> Column:
    return probabilities[head.keys[head.labels.index(label)]].cast("double")


def _most_likely(probabilities: Column, head: Head) -> Column:
    """The head's most likely label; of equal ones the first in class order, like argmax."""
    chances = {label: _probability(probabilities, head, label) for label in head.labels}
    best = F.greatest(*chances.values())
    return F.coalesce(*[F.when(chance == best, F.lit(label)) for label, chance in chances.items()])
