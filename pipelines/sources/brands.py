"""The brands that this installation knows: those with a file in conf/brands, and those that tweets are tagged with."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.brand.files import check_known_brand, read_brands
from conf.brand.rules import NO_BRAND
from conf.settings import Settings
from pipelines.sources.lake import read_table


def check_brand(spark: SparkSession, settings: Settings, brand: str | None) -> None:
    """UsageError that lists the known brands when `brand` is none of them; None stands for all."""
    if brand in (None, NO_BRAND) or brand in read_brands():
        return
    tagged = read_table(spark, settings, "silver.tweets").select(F.explode("brands").alias("brand")).distinct()
    known = {row["brand"] for row in tagged.collect()} | read_brands().keys()
    check_known_brand(brand, known)
