"""Session settings are restored."""

import pytest
from pyspark.sql import SparkSession

from pipelines.sinks.spark_conf import spark_conf


@pytest.mark.parametrize("before", [None, "7"])
def test_a_setting_is_restored_afterwards_also_after_an_error(spark: SparkSession, before: str | None) -> None:
    key = "spark.sql.autoBroadcastJoinThreshold"

    def fail_inside() -> None:
        with spark_conf(spark, {key: "9"}):
            raise ValueError(spark.conf.get(key))

    spark.conf.unset(key) if before is None else spark.conf.set(key, before)
    with pytest.raises(ValueError, match="9"):
        fail_inside()
    after = spark.conf.get(key, None)
    spark.conf.unset(key)
    assert after == before
