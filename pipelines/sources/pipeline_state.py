"""ops.pipeline_state: how far each hop read the table that it follows, and which secrets made the author keys."""

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from conf.settings import Settings
from pipelines.sources.lake import read_table

TABLE = "ops.pipeline_state"
AUTHOR_KEY = "rotate_author_key"
"""The row of the author keys."""


@dataclass(frozen=True)
class PipelineState:
    """The version of the source, the time that the run answered for, and a fingerprint of its settings and formulas."""

    source_version: int
    as_of: datetime
    run_id: int
    config_fingerprint: str


@dataclass(frozen=True)
class KeyState:
    """How many secrets the keys were made with, and their fingerprint; while rotating: that of the new secrets."""

    secret_count: int
    secrets_fingerprint: str
    is_rotating: bool


def continues(before: PipelineState, now: PipelineState) -> bool:
    """True where a run covers at least what the run of `before` covered, with the same rules."""
    return (
        before.config_fingerprint == now.config_fingerprint
        and before.as_of.timestamp() <= now.as_of.timestamp()
        and before.source_version <= now.source_version
    )


def read_pipeline_state(spark: SparkSession, settings: Settings, hop: str) -> PipelineState | None:
    """The state that the hop's last run left; None before the first."""
    row = _read_row(spark, settings, hop)
    return PipelineState(*(row[name] for name in PipelineState.__annotations__)) if row else None


def read_key_state(spark: SparkSession, settings: Settings) -> KeyState | None:
    """The state of the lake's author keys; None before the first key is made."""
    row = _read_row(spark, settings, AUTHOR_KEY)
    return KeyState(*(row[name] for name in KeyState.__annotations__)) if row else None


def _read_row(spark: SparkSession, settings: Settings, hop: str) -> Row | None:
    found = read_table(spark, settings, TABLE).where(F.col("hop") == hop).collect()
    return found[0] if found else None
