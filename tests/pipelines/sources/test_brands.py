"""--brand takes a brand that has a file or that a tweet is tagged with."""

import pytest
from pyspark.sql import SparkSession

from conf.brand.files import read_brands
from conf.brand.rules import NO_BRAND
from conf.settings import Settings
from pipelines.sources.brands import check_brand
from runtime.errors import UsageError
from tests.builders import a_tweet
from tests.erasing import put


def test_an_unknown_brand_is_an_error_that_lists_the_known_ones(
    spark: SparkSession, offline_settings: Settings
) -> None:
    put(spark, offline_settings, "silver.tweets", a_tweet(brands=["acme"]))
    for known in (None, NO_BRAND, "acme", *read_brands()):
        check_brand(spark, offline_settings, known)
    with pytest.raises(UsageError, match=r"--brand acne: .* known brands: acme, skyvarn"):
        check_brand(spark, offline_settings, "acne")
