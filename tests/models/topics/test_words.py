"""Terms are words and phrases: no handle, number, placeholder, stop word or name of the brand, in both engines."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.brand.files import Brand
from models.topics.words import brand_words, term_pattern, terms_column, terms_of, topic_words, topic_words_column

TEXTS = [
    "@user Skyvarn LOST my bags again!! http ref AB1234 and 99 bottles",
    "RT @user: can\u2019t reach [email] or [phone]; customer service is a café joke #LostBags",
    "the and of",
    "",
    "naïve über-delays_x, seat12 x1y gate/gate",
]
SKIPPED = frozenset({"skyvarn"})


def test_words_are_lower_case_singular_and_neither_numbers_nor_handles() -> None:
    assert topic_words(TEXTS[0], SKIPPED) == ["lost", "bag", "ref", "bottle"]
    assert topic_words(TEXTS[1]) == ["reach", "customer", "service", "café", "joke", "lostbag"]
    assert topic_words(TEXTS[2]) == topic_words(TEXTS[3]) == []


def test_a_phrase_is_one_term() -> None:
    pattern = term_pattern(["customer service", "lost bag"])
    assert terms_of(["poor", "customer", "service", "lost", "bags"], pattern) == [
        *("poor", "customer service", "lost", "bags"),
    ]
    assert terms_of([], pattern) == []


def test_a_brand_is_known_by_its_names_and_their_parts() -> None:
    brand = Brand(handle="FlySkyvarn", names=("Skyvarn Air", "#skyvarn"), competitors=("@NorthquillAir",))
    assert brand_words("skyvarn", brand) >= {"flyskyvarn", "skyvarn", "air", "skyvarnair", "northquillair"}


def test_both_engines_find_the_same(spark: SparkSession) -> None:
    pattern = term_pattern(["customer service", "lost bag"])
    rows = spark.createDataFrame(list(enumerate(TEXTS)), "at int, text string")
    words = topic_words_column(F.col("text"), SKIPPED)
    found = rows.select("at", words.alias("words"), terms_column(words, pattern).alias("terms")).orderBy("at").collect()
    assert [row["words"] for row in found] == [topic_words(text, SKIPPED) for text in TEXTS]
    assert [row["terms"] for row in found] == [terms_of(topic_words(text, SKIPPED), pattern) for text in TEXTS]
