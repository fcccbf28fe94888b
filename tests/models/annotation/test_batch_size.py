"""How many records a batch may have."""

from pathlib import Path

import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession

from conf.settings import Settings
from models.annotation import batch_size
from models.annotation.annotator import Annotator, load_annotator
from models.annotation.batch_size import SAMPLE, SMALLEST, largest_batch, measure_rate


@pytest.mark.parametrize(("rate", "size"), [(1.0, SMALLEST), (400.0, 6000), (1e6, 20000)])
def test_a_slower_machine_gets_smaller_batches(
    spark: SparkSession, offline_settings: Settings, monkeypatch: pytest.MonkeyPatch, rate: float, size: int
) -> None:
    monkeypatch.setattr(batch_size, "measure_rate", lambda *_: rate)
    assert largest_batch(spark, offline_settings, Annotator(PipelineModel([]), "any")) == size


def test_the_rate_is_of_texts_that_are_scored(
    spark: SparkSession, offline_settings: Settings, imported_annotator: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 9.0, 10.0, 12.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert measure_rate(spark, load_annotator(offline_settings, spark), 2) == SAMPLE / 2.0
