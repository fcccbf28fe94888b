"""The normaliser: what it masks and what it does not, and that Spark and Python agree."""

import random
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from models.annotation.text.normaliser import (
    mask_text,
    mask_text_column,
    normalise_text,
    space_punctuation,
    space_punctuation_column,
)
from models.annotation.text.recognisers import recognise_text
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
MASKED_HOWEVER_WRITTEN = {
    "card 4111\u00a01111\u00a01111\u00a01111.": "card [account].",
    "card 4111\u20111111\u20111111\u20111111": "card [account]",
    "card 4111.1111.1111.1111": "card [account]",
    "card 4111  1111 - 1111  1111": "card [account]",
    "card \uff14111 \uff111\uff111 111\uff11 1111": "card [account]",
    "card \uff14\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11": "card [account]",
    "card 3782\u00a0822463\u00a010005 or 3056 930902 5904": "card [account] or [account]",
    "pay GB29\u00a0NWBK\u00a06016\u00a01331\u00a09268\u00a019": "pay [account]",
    "pay FR14 2004 1010 0505 0001 3M02 606 now": "pay [account] now",
    "pay FR1420041010050500013M02606": "pay [account]",
    "pay MT84 MALT 0110 0001 2345 MTLC AST0 01S": "pay [account]",
    "pay NL91ABNA0417164300, BE68 5390 0754 7034 TODAY": "pay [account], [account] TODAY",
    "ssn 123-45-6789, 123\u201145\u20116789, 123 45 6789": "ssn [account], [account], [account]",
    "pay 12-34-56 12345678": "pay [account]",
    "pay 12\u201134\u201156, account no: 12345678": "pay [account]",
    "ref 5,123456789 and 1.4111111111111111": "ref 5,[account] and 1.[account]",
    "ring 555\u2011123\u20114567 or 555\u00a0123\u00a04567": "ring [phone] or [phone]",
    "ring +44\u00a0(0)20\u20117946\u00a00000 or 0044 20 7946 0000": "ring [phone] or [phone]",
    "ring 06 12 34 56 78, 06.12.34.56.78, 06\u00a012\u00a034\u00a056\u00a078": "ring [phone], [phone], [phone]",
    "ring 0161.496.0000 or (0161) 496 0000": "ring [phone] or [phone]",
    "ring 030/1234567, 030 / 1234567, 02/123.45.67": "ring [phone], [phone], [phone]",
    "ring 044 668 18 00, 0470 12 34 56, 0171 12 34 567": "ring [phone], [phone], [phone]",
    "ring 06-12345678, 02 9876 5432, (02) 9876 5432": "ring [phone], [phone], [phone]",
    "ring \uff10\uff19\uff10\uff0d\uff11\uff12\uff13\uff14\uff0d\uff15\uff16\uff17\uff18": "ring [phone]",
    "ring \u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669": "ring [phone]",
    "hi @\uff51uiet, \uff20\uff51\uff55\uff49\uff45\uff54\uff3f\uff11 and @j\u00f6rg": "hi @user, @user and @user",
    "jos\u00e9.garcia@example.com": "[email]",
    "jose\u0301.garcia@example.com": "[email]",
    "j\u00f6rg@m\u00fcller.de": "[email]",
    "jo\uff20example\uff0ecom": "[email]",
    "https://example.org/j\u00f6rg?x https://m\u00fcller.de/x": "http http",
    "@qui\u200bet_otter @\u2060quiet": "@user @user",
    "jo\u200b@exam\u00adple.com": "[email]",
    "0712\u200b345\u2060678 and 4111\u200b1111\u200b1111\u200b1111": "[phone] and [account]",
}
LEFT_ALONE = (
    "it cost $1,000,000,000 on 2015-02-24 11:35:52, 50% off, 3-2, 9.5/10",
    "08/12/2015 at 2pm, flight BA1234, gate 17, 0.333333333, 12345678",
    "24.02.2015, order #12345, 10-12 days, 2015-02-24 2015-02-25",
    "me @ home, e.g. this",
    "AB12 THIS THAT, IN10 DAYS 2026",
    "2026-11-27 06:10:48, 27.11.2026 10:30, 27/11/2026, 08.12.15 11.35, 08-12-15 11:35",
    "01-02-2026 03-04-2026, 01/02/2026-03/04/2026, 2015-16, 10:30-11:45, 07.30-16.30",
    "1.234.567,89, 1 234 567,89, 1\u00a0234\u00a0567,89, 1'234'567, 1.012.345.678, 0,333333333",
    "6-4 6-4 7-6, 101-99, v1.2.3, 10.0.19045.3693, 120.0.6099.109, 192.168.100.25",
    "BA 1234, flight 0123, order 111-1234567-1234567 or 028-4567890-1234567, no 05-1234567, 0123/2026-001",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f",
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


@pytest.mark.parametrize(("raw", "masked"), (MASKED | MASKED_HOWEVER_WRITTEN).items())
def test_what_identifies_somebody_is_replaced_by_its_kind(raw: str, masked: str) -> None:
    assert mask_text(raw) == masked


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_dates_prices_scores_and_short_numbers_stay(text: str) -> None:
    assert mask_text(text) == text


def test_masking_twice_changes_nothing_more() -> None:
    masked = [masked for raw, masked in (MASKED | MASKED_HOWEVER_WRITTEN).items() if raw != "&amp;lt;"]
    assert [mask_text(text) for text in masked] == masked


@pytest.mark.parametrize(
    "text", ["order no. 48213-A", "order 028-4567890-1234567", "PNR X7K2PQ", "flight BA117 on 24.02.2015"]
)
def test_what_a_ticket_needs_is_still_found_in_masked_text(text: str) -> None:
    assert recognise_text(mask_text(text)) == recognise_text(text) != []


def test_a_hostile_text_is_masked_in_time_that_grows_with_its_length() -> None:
    for piece in (
        "a",
        "a-",
        "0 ",
        "06 ",
        "1234 ",
        "AB12 ",
        "A",
        "@",
        "a@",
        "\u200b",
        "a\u200b",
        "0/",
        "+1(",
        "12-34-56 ",
    ):
        seconds = []
        for times in (2_000, 20_000):
            started = time.perf_counter()
            mask_text(piece * times)
            seconds.append(time.perf_counter() - started)
        assert seconds[1] < 40 * seconds[0] + 0.5, piece


def test_marks_and_cjk_stand_apart_by_single_blanks() -> None:
    assert (
        space_punctuation("can\u2019t #fail\u2026 9.5/10 \u2014 日本 ok")
        == "can ' t # fail . . . 9 . 5 / 10 - 日 本 ok"
    )


def test_invisible_characters_and_half_surrogates_vanish() -> None:
    assert space_punctuation("a\u200db\ud83dc \ufe0f\u0085d") == "abc d"


def test_spark_and_python_agree_on_hostile_texts(spark: SparkSession) -> None:
    texts = [
        *MASKED,
        *MASKED_HOWEVER_WRITTEN,
        *LEFT_ALONE,
        *ADVERSARIAL,
        "a-" * 5000,
        "a@b" + ".b" * 20000,
        "(1) " * 5000,
    ]
    assert_engines_agree(spark, texts)


def test_spark_and_python_agree_on_anything_made_of_what_the_patterns_look_for(spark: SparkSession) -> None:
    chance = random.Random(7)
    pieces = [
        *"0123456789" * 2,
        *"aZ@.-+/(),:#_ \n",
        "06",
        "AB12",
        "NWBK",
        "\u00a0",
        "\u2011",
        "\u200b",
        "\uff11",
        "\u00e9",
        "\u0301",
        "\uff20",
    ]
    assert_engines_agree(spark, ["".join(chance.choices(pieces, k=chance.randint(1, 60))) for _ in range(20_000)])


def test_spark_and_python_agree_on_every_tweet_of_the_val_file(spark: SparkSession, shared_data: Path) -> None:
    assert_engines_agree(spark, [decode_escapes(text) for _, (_, text) in enumerate_tsv(shared_data / TWEETEVAL_VAL)])


def test_null_stays_null_in_spark(spark: SparkSession) -> None:
    one = spark.createDataFrame([(None,)], "text string")
    assert one.select(space_punctuation_column(mask_text_column(F.col("text"))).alias("text")).collect()[0].text is None


def assert_engines_agree(spark: SparkSession, texts: list[str]) -> None:
    rows = spark.createDataFrame(list(enumerate(texts)), "row int, text string")
    columns = {
        "masked": mask_text_column(F.col("text")),
        "spaced": space_punctuation_column(F.col("text")),
        "both": space_punctuation_column(mask_text_column(F.col("text"))),
    }
    answers = rows.select("row", *[column.alias(name) for name, column in columns.items()]).collect()
    expected = {row: (mask_text(text), space_punctuation(text), normalise_text(text)) for row, text in enumerate(texts)}
    assert len(answers) == len(texts)
    assert [answer.row for answer in answers if tuple(answer[1:]) != expected[answer.row]] == []
