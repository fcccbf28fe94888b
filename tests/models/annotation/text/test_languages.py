"""The language of a tweet: X's `lang` first, then the detector, the same in Spark and in Python."""

import csv
import gzip
from itertools import islice
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from models.annotation.text.languages import (
    SCRIPTS,
    detect_language,
    detect_language_column,
    is_scorable,
    language_column,
    vocabularies,
)

TOLD = {
    "the flight was late and nobody told us": "en",
    "thanks!": "en",
    "I'M SO HAPPY": "en",
    "nadie contesta y no tengo señal desde hoy": "es",
    "¡qué vergüenza!": "es",
    "ninguém atende e não tem solução": "pt",
    "personne ne répond, c'est honteux": "fr",
    "schon wieder kein Netz, ich bin sauer": "de",
    "non funziona e nessuno mi risponde, grazie": "it",
    "het werkt niet en ik krijg geen antwoord": "nl",
    "sudah dua jam dan belum ada yang jawab": "id",
    "ang tagal naman, hindi pa rin gumagana": "tl",
    "yine çalışmıyor, hiç kimse cevap vermiyor": "tr",
    "DENEMEK İSTEYENLER İÇİN ÇOK GÜZEL": "tr",
    "jag får inget svar och det funkar inte": "sv",
    "nikt się nie odzywa, już trzy godziny": "pl",
    "huduma hii si nzuri, hakuna mtu wa kujibu": "sw",
    "また遅れてる": "ja",
    "Skyvarn また遅れてる": "ja",
    "航班又延误了": "zh",
    "또 지연": "ko",
    "خدمة سيئة": "ar",
    "рейс снова опоздал": "ru",
    "η πτήση άργησε": "el",
    "שירות גרוע": "he",
    "สายการบินล่าช้า": "th",
    "उड़ान देर से": "hi",
    "thank you all for the help at the gate ありがとう": "en",
}
OPEN = (
    "",
    " \n ",
    "\U0001f621\U0001f621",
    "12:30, 9.5/10 !!!",
    "@nadie_contesta http #graciaspornada [phone] https://example.org/el/los",
    "\u00af\\_(\u30c4)_/\u00af",
    "Skyvarn BA1234",
    "no",
    "la de en que",
    "zzz qqq xxx",
)
HOSTILE = (
    "\u0130\u0130 I\u0307 \u017f \u212a \u1e9e \u03a3\u03c2",
    "e\u0301te\u0301 na\u00efve caf\u00e9",
    "a\u0085the\u2028and\u00a0you",
    "#the#and @you@are http://the https://and.you",
    "xhttp httpx http",
    "\x00the\x07and\ufffd",
    "\uff34\uff28\uff25 \uff41\uff4e\uff44",
    "[email] [emails] [account]the",
    "the " * 5000 + "日本" * 5000,
    "#" * 5000 + "@" * 5000,
)


@pytest.mark.parametrize(("text", "code"), TOLD.items())
def test_a_plain_sentence_is_told_apart(text: str, code: str) -> None:
    assert detect_language(text) == code


@pytest.mark.parametrize("text", OPEN)
def test_what_shows_no_language_stays_open(text: str) -> None:
    assert detect_language(text) == "und"


def test_no_two_scripts_share_a_letter_and_no_word_is_listed_with_a_capital() -> None:
    letters = [set(_letters(body)) for body in SCRIPTS.values()]
    assert len(set.union(*letters)) == sum(map(len, letters))
    assert [word for each in vocabularies().values() for word in each.words if word != word.lower()] == []


def test_spark_and_python_agree_on_hostile_texts(spark: SparkSession) -> None:
    assert_engines_agree(spark, [*TOLD, *OPEN, *HOSTILE])


def test_spark_and_python_agree_on_real_tweets(spark: SparkSession, shared_data: Path) -> None:
    path = shared_data / "profiles" / "tweets_with_user_fields.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        assert_engines_agree(spark, [row["text"] for row in islice(csv.DictReader(lines), 3000)])


def test_what_x_says_counts_unless_it_could_not_tell(spark: SparkSession) -> None:
    known = {"en": "en", "in": "id", "iw": "he", "pt-BR": "pt", " EN_gb ": "en", "xx": "xx"}
    undetermined = [None, "", "und", "qme", "qht", "zxx", "qam", "qct", "qst", "art", "UND"]
    rows = [(lang, "nadie contesta y no tengo señal") for lang in (*known, *undetermined)]
    frame = spark.createDataFrame(rows, "lang string, text string")
    found = [row[0] for row in frame.select(language_column(F.col("lang"), F.col("text"))).collect()]
    assert found == [*known.values(), *["es"] * len(undetermined)]


def test_other_languages_are_not_scored_but_what_shows_none_is(spark: SparkSession) -> None:
    rows = [
        ("en", "la de en que", True),
        ("es", "thanks for the help", False),
        ("und", "thanks!", True),
        ("zxx", "nadie contesta y no tengo señal", False),
        (None, "\U0001f621", True),
        ("qme", None, True),
        ("in", "sudah dua jam", True),
    ]
    frame = spark.createDataFrame(rows, "lang string, text string, expected boolean")
    language = language_column(F.col("lang"), F.col("text"))
    scorable = frame.select(is_scorable(language, ("en", "in")).alias("found"))
    assert [row.found for row in scorable.collect()] == [row[2] for row in rows]


def test_naming_no_language_scores_every_tweet_and_a_row_without_one_is_open(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("es",), (None,)], "lang string")
    assert frame.where(is_scorable(F.col("lang"), ())).count() == 2
    assert [row.lang for row in frame.where(is_scorable(F.col("lang"), ("en",))).collect()] == [None]


def _letters(body: str) -> list[str]:
    ranges = [body[start : start + 3] for start in range(0, len(body), 3)]
    return [chr(point) for each in ranges for point in range(ord(each[0]), ord(each[2]) + 1)]


def assert_engines_agree(spark: SparkSession, texts: list[str]) -> None:
    frame = spark.createDataFrame(list(enumerate(texts)), "row int, text string")
    answers = frame.select("row", detect_language_column(F.col("text")).alias("code")).collect()
    assert len(answers) == len(texts)
    assert [answer for answer in answers if answer.code != detect_language(texts[answer.row])] == []
