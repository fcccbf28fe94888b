"""gold.segments, gold.segment_history -> files: segment cards and their time series, for use outside the lake.

Aggregates only, which every signed-in user may see. One file per table: CSV, JSON lines or Parquet.
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
    """Write the tables of all brands (`--brand`: of one) to `--output`; returns the files. `--dry-run` writes none.

    UsageError for an unknown `--format`.
    """
    form = options.extra["format"]
    if form not in WRITERS:
        raise UsageError(f"--format {form}: unknown; the formats are {', '.join(WRITERS)}")
    folder = Path(options.extra["output"] or settings.home / "exports")
    written = []
    for name, table in EXPORTED.items():
        rows = read_table(spark, settings, table).transform(lambda df: keep_exported(df, options.brand))
        logger.info("%s: %d rows", table, rows.count())
        if not options.dry_run:
            folder.mkdir(parents=True, exist_ok=True)
            written.append(folder / f"{name}.{form}")
            # Some hundred rows: one per brand, segment and day.
            WRITERS[form](rows.toPandas(), written[-1])
    return written


def keep_exported(rows: DataFrame, brand: str | None) -> DataFrame:
    """The rows of one brand, or all, in the order of their keys; lists as text, without the column run_id."""
    lists = [name for name, kind in rows.dtypes if kind == "array<string>"]
    plain = rows.withColumns({name: F.concat_ws(", ", name) for name in lists}).drop("run_id")
    mine = plain if brand is None else plain.where(F.col("brand") == brand)
    return mine.orderBy("brand", "segment_id", *(name for name in ("measured_on",) if name in mine.columns))
