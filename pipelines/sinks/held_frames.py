"""Frames that a batch computes once and reads several times."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame


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
