"""ops.pipeline_state: one row per hop, written at the end of a run."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from conf.schemas.ops import OPS_PIPELINE_STATE
from conf.settings import Settings
from pipelines.sinks.lake import Merge, create_table, merge_rows
from pipelines.sources.pipeline_state import AUTHOR_KEY, TABLE, KeyState, PipelineState, read_key_state
from runtime.key_chain import fingerprint


def write_pipeline_state(spark: SparkSession, settings: Settings, hop: str, state: PipelineState) -> None:
    """Replace the hop's row."""
    _write_row(spark, settings, {"hop": hop} | asdict(state))


def write_key_state(spark: SparkSession, settings: Settings, state: KeyState, run_id: int = 0) -> None:
    """Replace the row of the author keys."""
    _write_row(spark, settings, {"hop": AUTHOR_KEY, "as_of": datetime.now(UTC), "run_id": run_id} | asdict(state))


def record_secrets(spark: SparkSession, settings: Settings, secrets: Sequence[str]) -> None:
    """Record which secrets a new lake's author keys are made with; an existing row stays."""
    if read_key_state(spark, settings) is None:
        write_key_state(spark, settings, KeyState(len(secrets), fingerprint(secrets), is_rotating=False))


def _write_row(spark: SparkSession, settings: Settings, values: dict[str, object]) -> None:
    create_table(spark, settings, TABLE)
    row = tuple(values.get(name) for name in OPS_PIPELINE_STATE.fieldNames())
    merge_rows(spark.createDataFrame([row], OPS_PIPELINE_STATE), settings, TABLE, Merge(gains="true"))
