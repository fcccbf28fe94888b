"""Session settings that a hop changes for as long as it runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.sql import SparkSession

# For batches of small frames of known shape: planning again between their stages costs more than it saves. A streaming
# query needs no setting: Spark switches adaptive execution off in the session of each query.
WITHOUT_ADAPTIVE_EXECUTION = {"spark.sql.adaptive.enabled": "false"}


@contextmanager
def spark_conf(spark: SparkSession, values: Mapping[str, str]) -> Iterator[None]:
    """Set `values` on the session; afterwards, also after an error, restore what was there before."""
    before = {key: spark.conf.get(key, None) for key in values}
    try:
        for key, value in values.items():
            spark.conf.set(key, value)
        yield
    finally:
        for key, old in before.items():
            spark.conf.unset(key) if old is None else spark.conf.set(key, old)
