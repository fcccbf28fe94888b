"""Positions of words in the masked text, the same in Python and in Spark."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from models.annotation.text.alignment import place_words, visible_before, visible_places, visible_places_column
from models.annotation.text.normaliser import space_punctuation

TEXTS = (
    "plain words, 24.02.2015 & more",
    "\x00a\u0085b\x07 \ufffd \U000e0041x\u2028\u2029 a\u3000b",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 ok \u2764\ufe0f\U0001f1ec\U0001f1e7\U0001f44d\U0001f3fd",
    "\uff21\uff22\uff20\uff43\uff01 \u017f \u0130stanbul \u212a",
    "\u05e9\u05dc\u05d5\u05dd, \u05e2\u05d5\u05dc\u05dd\u200f!",
    "e\u0301te\u0301 a\u00adb \ufeffx",
    "\u2018a\u2019 \u201cb\u201d \u2013 \u2014 \u2026 \u201ac\u201e \u00bfqu\u00e9? 5\u20ac \u00bd",
    "\U00011fffx\u2e52 \U00010ead \U00020000",
    "日本語のテキスト、です。 #日本",
    " \t\r\n ",
    "",
)


def test_an_ellipsis_is_three_dots_of_one_place_and_what_is_dropped_has_none() -> None:
    assert visible_places("a\u2026 \u200db") == [0, 1, 1, 1, 4]


def test_words_hold_the_characters_that_they_came_from() -> None:
    text = "\U0001f600 it\u2019s #Oslo\u2026"
    assert [text[begin:end] for begin, end in place_words(text)] == [
        "\U0001f600", "it", "\u2019", "s", "#", "Oslo", "\u2026", "\u2026", "\u2026"
    ]  # fmt: skip


def test_a_text_without_a_word_has_no_place() -> None:
    assert place_words("") == place_words(" \u200d ") == []


def test_characters_alone_and_together_are_spaced_alike() -> None:
    for text in TEXTS:
        assert len(visible_places(text)) == len(space_punctuation(text).replace(" ", ""))


def test_spark_places_characters_as_python_does(spark: SparkSession) -> None:
    rows = spark.createDataFrame(list(enumerate(TEXTS)), "row int, text string")
    answers = rows.select("row", visible_places_column(F.col("text")).alias("places")).collect()
    assert {answer.row: answer.places for answer in answers} == {
        row: visible_places(text) for row, text in enumerate(TEXTS)
    }


def test_null_stays_null(spark: SparkSession) -> None:
    one = spark.createDataFrame([(None,)], "text string")
    assert one.select(visible_places_column(F.col("text")).alias("places")).collect()[0].places is None


def test_spark_nlp_counts_an_emoji_as_two_units(spark: SparkSession) -> None:
    one = spark.createDataFrame([("\U0001f600 ab c",)], "text string")
    counts = one.select(*[visible_before(F.col("text"), F.lit(units)).alias(str(units)) for units in (0, 2, 3, 5, 7)])
    assert tuple(counts.collect()[0]) == (0, 1, 1, 3, 4)
