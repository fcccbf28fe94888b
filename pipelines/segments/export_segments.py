"""gold.segments, gold.segment_history -> files: segment cards and their time series, for whoever works outside.

Aggregates only: what stands in them may be shown to every signed-in user. One file a table, CSV, JSON lines or Parquet.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sources.lake import read_table
from runtime.errors import UsageError

logger = logging.getLogger("brandpulse.export_segments")

EXPORTED = {"segments": "gold.segments", "segment_history": "gold.segment_history"}
WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": lambda rows, file: rows.to_csv(file, index=False),
    "json": lambda rows, file: rows.to_json(file, orient="records", lines=True, date_format="iso", force_ascii=False),
    "parquet": lambda rows, file: rows.to_parquet(file, index=False),
}


def run(spark: SparkSession, settings: Settings, options: Options) -> list[Path]:
    """Write the tables of every brand (`--brand`: of one) to `--output`; returns the files. `--dry-run` writes none.

    UsageError for an unknown `--format`.
    """
    form = options.extra["format"]
    if form not in WRITERS:
        raise UsageError(f"--format {form}: there are {', '.join(WRITERS)}")
    folder = Path(options.extra["output"] or settings.home / "exports")
    written = []
    for name, table in EXPORTED.items():
        rows = read_table(spark, settings, table).transform(lambda df: keep_exported(df, options.brand))
        logger.info("%s: %d rows", table, rows.count())
        if not options.dry_run:
            folder.mkdir(parents=True, exist_ok=True)
            written.append(folder / f"{name}.{form}")
            # Some hundred rows: a segment a day and brand.
            WRITERS[form](rows.toPandas(), written[-1])
    return written


def keep_exported(rows: DataFrame, brand: str | None) -> DataFrame:
    """The rows of one brand, or all, in the order of their keys and without what only we need; lists as text."""
    lists = [name for name, kind in rows.dtypes if kind == "array<string>"]
    told = rows.withColumns({name: F.concat_ws(", ", name) for name in lists}).drop("run_id")
    mine = told if brand is None else told.where(F.col("brand") == brand)
    return mine.orderBy("brand", "segment_id", *(name for name in ("measured_on",) if name in mine.columns))
