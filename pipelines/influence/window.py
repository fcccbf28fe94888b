"""The time that cascades and influencers cover: from a first day on, so that each day's first run computes all."""

from datetime import date, timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.settings import Settings
from pipelines.sources.lake import read_table
from runtime.times import in_utc

SILVER = "silver.tweets"


def first_day(settings: Settings, options: Options) -> date:
    """The window's first day, in UTC."""
    return in_utc(options.as_of).date() - timedelta(days=settings.influence.window_days)


def read_window(spark: SparkSession, settings: Settings, options: Options, version: int | None = None) -> DataFrame:
    """The tweets of the window until the run's time, of this version of silver."""
    stored = read_table(spark, settings, SILVER, version)
    first = F.lit(first_day(settings, options))
    return stored.where((F.col("created_on") >= first) & (F.col("created_at") <= F.lit(options.as_of)))


def fingerprint(logic_version: int, settings: Settings, options: Options) -> str:
    """What a run must share with the last one to follow it."""
    return f"{logic_version} {first_day(settings, options)}"
