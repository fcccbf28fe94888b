"""A brand's own categories over the common ones, at read time."""

from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from conf.brand.files import Categories, parse_brand, read_brand
from models.annotation.brand_categories import with_brand_category

RULES = """
categories:
  rename: {staff: crew}
  merge: {disruption: [delay, cancellation]}
  add:
    - {name: baggage fees, when: "(?:bag|baggage).{0,20}fees?", from: [billing, other]}
    - {name: refunds, when: "refund(?:s|ed)?|bag fee", from: [billing, delay]}
"""


@pytest.fixture(scope="module")
def rules() -> Categories:
    return parse_brand(RULES, "acme.yaml").categories


def own_categories(spark: SparkSession, rules: Categories, *rows: tuple[str | None, str | None]) -> list[str | None]:
    given = [(number, "acme", Row(label=label, score=0.9), text) for number, (label, text) in enumerate(rows)]
    frame = spark.createDataFrame(given, "n int, brand string, category struct<label:string,score:double>, text string")
    found = with_brand_category(frame, "acme", rules).orderBy("n").collect()
    return [row.brand_category for row in found]


def test_categories_are_renamed_and_merged_and_the_rest_stays(spark: SparkSession, rules: Categories) -> None:
    rows = [(label, "so late") for label in ("staff", "delay", "cancellation", "service", "of tomorrow", None)]
    assert own_categories(spark, rules, *rows) == ["crew", "disruption", "disruption", "service", "of tomorrow", None]


def test_the_first_rule_that_fits_wins_over_merge_and_rename(spark: SparkSession, rules: Categories) -> None:
    rows = [
        ("billing", "charged a BAG\nFEE twice"),
        ("billing", "where is my refund?"),
        ("delay", "bag fee and no refund"),
        ("service", "bag fees again"),
        ("billing", None),
    ]
    assert own_categories(spark, rules, *rows) == ["baggage fees", "refunds", "refunds", "service", "billing"]


def test_a_rule_meets_whole_words_only(spark: SparkSession, rules: Categories) -> None:
    rows = [("billing", text) for text in ("handbag fee", "bag feed", "refundable", "non-refund.", "été_refund")]
    assert own_categories(spark, rules, *rows) == ["billing", "billing", "billing", "refunds", "billing"]


def test_a_brand_without_rules_keeps_the_common_category(spark: SparkSession) -> None:
    assert own_categories(spark, Categories(), ("staff", "rude"), (None, "rude")) == ["staff", None]


def test_brands_are_applied_one_after_the_other(spark: SparkSession, rules: Categories) -> None:
    rows: list[tuple[Any, ...]] = [(b, Row(label="staff", score=0.9), "rude") for b in ("acme", "globex", "initech")]
    frame = spark.createDataFrame(rows, "brand string, category struct<label:string,score:double>, text string")
    other = parse_brand("categories: {rename: {staff: people}}", "globex.yaml").categories
    found = frame.transform(lambda df: with_brand_category(df, "acme", rules)).transform(
        lambda df: with_brand_category(df, "globex", other)
    )
    assert {row.brand: row.brand_category for row in found.collect()} == {
        "acme": "crew",
        "globex": "people",
        "initech": "staff",
    }


def test_the_brand_file_that_ships_works_in_spark(spark: SparkSession) -> None:
    rules = read_brand("skyvarn").categories
    rows = [("billing", "charged for a second bag"), ("other", "your luggage fees are a joke"), ("staff", "rude")]
    assert own_categories(spark, rules, *rows) == ["baggage fees", "baggage fees", "crew"]
