"""The normaliser: what it masks and what it leaves alone, and that Spark and Python never disagree."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from models.normaliser import (
    mask_text,
    mask_text_column,
    normalise_text,
    normalise_text_column,
    space_punctuation,
    space_punctuation_column,
)
from models.training.data import decode_escapes, enumerate_tsv
from models.training.label_sets import TWEETEVAL_VAL

MASKED = {
    "thanks @quiet_otter_1!": "thanks @user!",
    "\uff20quiet_otter_1 hi": "@user hi",
    ".@otter.": ".@user.",
    "h/t a@otter": "h/t a@user",
    "see https://example.org/a?b=1, ok": "see http, ok",
    "(HTTP://example.org/a)": "(http)",
    "www.example.org rocks": "http rocks",
    "見てhttps://example.org/a見て": "見てhttp見て",
    "write to jo.doe+x@mail.example.org now": "write to [email] now",
    "ring +254 712 345 678": "ring [phone]",
    "ring 1-800-555-0100 or (555) 555-0100": "ring [phone] or [phone]",
    "ring 0712345678 or 0800 123 4567": "ring [phone] or [phone]",
    "card 4111 1111 1111 1111": "card [account]",
    "card 4111-1111-1111-1111": "card [account]",
    "acc no.01234567890123": "acc no.[account]",
    "acc no.1234567890": "acc no.[account]",
    "pay to GB29 NWBK 6016 1331 9268 19": "pay to [account]",
    "pay to DE89370400440532013000": "pay to [account]",
    "A &amp; B &lt;3 &quot;C&quot; &#39;D&#39;": "A & B <3 \"C\" 'D'",
    "&amp;lt;": "&lt;",
}
LEFT_ALONE = (
    "it cost $1,000,000,000 on 2015-02-24 11:35:52, 50% off, 3-2, 9.5/10",
    "08/12/2015 at 2pm, flight BA1234, gate 17, 0.333333333, 12345678",
    "24.02.2015, order #12345, 10-12 days, 2015-02-24 2015-02-25",
    "me @ home, e.g. this",
    "AB12 THIS THAT",
    "",
)
ADVERSARIAL = (
    "\x00a\u0085b\x07",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 ok \u2764\ufe0f",
    "\uff21\uff22\uff20\uff43\uff01",
    "\u05e9\u05dc\u05d5\u05dd, \u05e2\u05d5\u05dc\u05dd\u200f!",
    "e\u0301te\u0301 a\u00adb \ufeffx",
    "\u017f http://\u017f HTTPS://X.y \u0130stanbul WWW.x.com \u212a\u212a",
    "\U000e0041x\u2028\u2029 a\u3000b",
    "$5 ^ ~ | ` < > = + \\ \\1 $1 ${x} [a]-[b]&&[c]",
    "\u00bfqu\u00e9? \u00a1no! \u00ab ok \u00bb 5\u20ac \u21165 \u00bd",
    "\u2018a\u2019 \u201cb\u201d \u2013 \u2014 \u2026 \u201ac\u201e",
    "\U00011fffx\u2e52 \U00010ead",
    "a@b.c.d.com x@y .@z @@@ @",
    "日本語のテキスト、です。",
    " \t\r\n ",
)


@pytest.mark.parametrize(("raw", "masked"), MASKED.items())
def test_what_identifies_somebody_is_replaced_by_its_kind(raw: str, masked: str) -> None:
    assert mask_text(raw) == masked


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_dates_prices_scores_and_short_numbers_stay(text: str) -> None:
    assert mask_text(text) == text


def test_masking_twice_changes_nothing_more() -> None:
    assert [mask_text(masked) for raw, masked in MASKED.items() if raw != "&amp;lt;"] == [
        masked for raw, masked in MASKED.items() if raw != "&amp;lt;"
    ]


def test_marks_and_cjk_stand_apart_by_single_blanks() -> None:
    assert (
        space_punctuation("can\u2019t #fail\u2026 9.5/10 \u2014 日本 ok")
        == "can ' t # fail . . . 9 . 5 / 10 - 日 本 ok"
    )


def test_invisible_characters_and_half_surrogates_vanish() -> None:
    assert space_punctuation("a\u200db\ud83dc \ufe0f\u0085d") == "abc d"


def test_spark_and_python_agree_on_hostile_texts(spark: SparkSession) -> None:
    texts = [*MASKED, *LEFT_ALONE, *ADVERSARIAL, "a-" * 5000, "a@b" + ".b" * 20000, "(1) " * 5000]
    assert_engines_agree(spark, texts)


def test_spark_and_python_agree_on_every_tweet_of_the_val_file(spark: SparkSession, shared_data: Path) -> None:
    assert_engines_agree(spark, [decode_escapes(text) for _, (_, text) in enumerate_tsv(shared_data / TWEETEVAL_VAL)])


def test_null_stays_null_in_spark(spark: SparkSession) -> None:
    one = spark.createDataFrame([(None,)], "text string")
    assert one.select(normalise_text_column(F.col("text")).alias("text")).collect()[0].text is None


def assert_engines_agree(spark: SparkSession, texts: list[str]) -> None:
    rows = spark.createDataFrame(list(enumerate(texts)), "row int, text string")
    columns = {
        "masked": mask_text_column(F.col("text")),
        "spaced": space_punctuation_column(F.col("text")),
        "both": normalise_text_column(F.col("text")),
    }
    answers = rows.select("row", *[column.alias(name) for name, column in columns.items()]).collect()
    expected = {row: (mask_text(text), space_punctuation(text), normalise_text(text)) for row, text in enumerate(texts)}
    assert len(answers) == len(texts)
    assert [answer.row for answer in answers if tuple(answer[1:]) != expected[answer.row]] == []
