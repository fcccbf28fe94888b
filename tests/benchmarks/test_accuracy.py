"""The accuracy benchmark against its targets, on the real val file: what the issue's third acceptance line asks."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from benchmarks import accuracy
from conf.settings import Settings
from models.training.data import TWEETEVAL_VAL

pytestmark = pytest.mark.slow


def test_a_missing_split_is_one_sentence_and_exit_code_3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert accuracy.main(["--split", str(tmp_path / "none.tsv.gz")]) == 3
    assert "--split names a gzipped TSV" in capsys.readouterr().err


@pytest.mark.usefixtures("imported_annotator")
def test_the_shipped_annotator_reaches_its_target_through_spark_nlp(
    offline_settings: Settings, spark: SparkSession, shared_data: Path
) -> None:
    figures = accuracy.measure(offline_settings, spark, shared_data / TWEETEVAL_VAL)
    assert figures["unanswered"] == 0
    assert figures["n"] == 2000
    assert figures["macro_recall"] >= 0.73
    assert figures["label_agreement"] >= 0.995
