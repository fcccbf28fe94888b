"""Texts scored through Spark NLP with the stream's own steps: mask, tokenise, score."""

import os
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
from pyspark.sql import SparkSession

from conf.settings import Settings
from models.annotation.annotator import answer_texts, load_annotator, pipeline_folder
from models.annotation.entities import entities_pipeline_folder
from models.annotation.heads import HEADS
from models.annotation.text.normaliser import mask_text_column
from models.training.evaluation import Scores
from runtime.resources import PROJECT


def import_in_its_own_process(settings: Settings) -> None:
    """Run jobs.import_annotator unless the annotators are imported; only one import fits in a process."""
    environment = os.environ | {"BRANDPULSE__ANNOTATORS__USE_CHAMPION": "false"}
    folders = [pipeline_folder(settings)]
    if settings.annotators.entities:
        folders.append(entities_pipeline_folder(settings))
    if not all(folder.exists() for folder in folders):
        subprocess.run([sys.executable, "-m", "jobs.import_annotator"], cwd=PROJECT, env=environment, check=True)


def score_through_spark(settings: Settings, spark: SparkSession, texts: Sequence[str]) -> tuple[Scores, str]:
    """(head name -> probabilities [texts, labels], the annotator's version); a row of NaN for a text without words."""
    annotator = load_annotator(settings, spark)
    raw = spark.createDataFrame([(str(row), text) for row, text in enumerate(texts)], "text_hash string, text string")
    masked = raw.repartition(settings.stream_tweets.score_partitions).select(
        "text_hash", mask_text_column(raw["text"]).alias("text")
    )
    scores = {head.name: np.full((len(texts), len(head.labels)), np.nan) for head in HEADS}
    for row in answer_texts(annotator, masked).collect():
        if row.probabilities is not None:
            for head in HEADS:
                scores[head.name][int(row.text_hash)] = [float(row.probabilities[key]) for key in head.keys]
    return scores, annotator.version
