"""conform: the contract of every write."""

import pytest
from pyspark.sql import SparkSession

from conf.schemas.shapes import conform, shape


def test_conform_selects_orders_and_casts(spark: SparkSession) -> None:
    given = spark.createDataFrame([(1, "x", True)], "b int, a string, extra boolean")
    assert conform(given, shape(a="string", b="long")).schema.simpleString() == "struct<a:string,b:bigint>"


def test_conform_lists_every_difference(spark: SparkSession) -> None:
    given = spark.createDataFrame([("1", [1])], "a string, c array<int>")
    with pytest.raises(ValueError, match=r"b is missing.*a is string, not bigint.*c is array<int>, not array<string>"):
        conform(given, shape(a="long", b="string", c="strings"))


def test_conform_looks_inside_structs(spark: SparkSession) -> None:
    given = spark.sql("SELECT named_struct('x', 1, 'z', 'w') AS s")
    with pytest.raises(ValueError, match="s is struct"):
        conform(given, shape(s=shape(x="long", y="string")))


def test_a_column_of_nulls_fits_anywhere(spark: SparkSession) -> None:
    assert conform(spark.sql("SELECT NULL AS a"), shape(a="string")).collect()[0]["a"] is None
