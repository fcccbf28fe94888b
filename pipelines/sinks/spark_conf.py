"""What a hop changes on the session, and the frames that it keeps there, for as long as it runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame, SparkSession

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


@contextmanager
def hold(frame: DataFrame) -> Iterator[DataFrame]:
    """Compute `frame` with the first action that reads it, keep its rows for the others, and free them at the end.

    On one machine a local checkpoint: a persisted frame is described again in every later task, which costs a small
    batch more than its rows. On a cluster it persists, since an executor may be lost and its rows computed again.
    """
    alone = str(frame.sparkSession.sparkContext.master).startswith("local[")
    kept = frame.localCheckpoint(eager=False) if alone else frame.persist()
    try:
        yield kept
    finally:
        if alone:
            plan: Any = kept._jdf.queryExecution().logical()
            plan.rdd().unpersist(False)
        else:
            kept.unpersist()
