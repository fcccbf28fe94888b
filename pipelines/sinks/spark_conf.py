"""Session settings that a hop changes for as long as it runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

ADAPTIVE = "spark.sql.adaptive.enabled"


@contextmanager
def without_adaptive_execution(spark: SparkSession) -> Iterator[None]:
    """Switch adaptive execution off; afterwards, also after an error, restore the former value.

    For small frames of known shape, joined by broadcast: planning again between stages costs more than it saves.
    """
    before = spark.conf.get(ADAPTIVE, None)
    spark.conf.set(ADAPTIVE, "false")
    try:
        yield
    finally:
        spark.conf.unset(ADAPTIVE) if before is None else spark.conf.set(ADAPTIVE, before)
