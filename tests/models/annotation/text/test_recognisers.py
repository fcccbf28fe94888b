"""What the rules recognise and what they do not, and that Spark and Python agree."""

import csv
import gzip
import time
from itertools import islice
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from models.annotation.text.recognisers import RECOGNISED, Recognised, recognise_text, recognised_column
from runtime.resources import read_resource

FOUND = {
    "order no. 48213-A is late": {"order": ["48213-A"]},
    "Order #99812? ORDER NO: AB-1234": {"order": ["99812", "AB-1234"]},
    "where is order 48213": {"order": ["48213"]},
    "my case id is 88123, ref: 12AB34": {"order": ["88123", "12AB34"]},
    "parcel 111-1234567-1234567 lost, #123456": {"order": ["111-1234567-1234567", "123456"]},
    "PNR X7K2PQ and pnr: abc123": {"booking": ["X7K2PQ", "abc123"]},
    "Booking reference: QWERTY, booking ref is A1B2C3": {"booking": ["QWERTY", "A1B2C3"]},
    "confirmation code #G8ZZWJ": {"booking": ["G8ZZWJ"]},
    "flight 1729, Flight#417, flt no 45": {"flight": ["1729", "417", "45"]},
    "flight ua1619 then BA117 and 6E 2341": {"flight": ["ua1619", "BA117", "6E 2341"]},
    "AA 100 cancelled": {"flight": ["AA 100"]},
    "paid $1,299.50, US$45 and \u00a320": {"amount": ["$1,299.50", "US$45", "\u00a320"]},
    "20 euros, 5 Dollars, 100\u20ac, 50k KES": {"amount": ["20 euros", "5 Dollars", "100\u20ac", "50k KES"]},
    "Rs. 500 or USD 30 or $2m": {"amount": ["Rs. 500", "USD 30", "$2m"]},
    "on 2015-02-24, 24/02/15, 2/24/2015": {"date": ["2015-02-24", "24/02/15", "2/24/2015"]},
    "24.02.2015 or 24-02-2015": {"date": ["24.02.2015", "24-02-2015"]},
    "Feb 24th, 24 February 2015, 1st of March": {"date": ["Feb 24th", "24 February 2015", "1st of March"]},
    "on Dec 5, 2016 and May 5": {"date": ["Dec 5, 2016", "May 5"]},
    "from LHR to JFK via (DXB)": {"airport": ["LHR", "JFK", "DXB"]},
    "LAX-ORD, DEN \u2192 SFO, BOS to MIA": {"airport": ["LAX", "ORD", "DEN", "SFO", "BOS", "MIA"]},
    "SEA airport, LHR T5": {"airport": ["SEA", "LHR"]},
    "\U0001f600 order #99812\u2026 from LHR": {"order": ["99812"], "airport": ["LHR"]},
}
LEFT_ALONE = (
    "order 2015 pizzas, order in 30 minutes, in order to 12345",
    "delivery: 10-12 days, #2015, &#8217; #tag12345x",
    "confirmation status please, BOOKING NUMBER PLEASE, booking 123456789",
    "flight at 4, flight 2 hours late, flight 2:30, PS4, aa100, B2B 100",
    "3-2, 50%, 1.2.3, 9.5/10, 24/7",
    "192.168.1.1, 10:30 Jan, 31 may be, 45/45/2015, may 5, 2015",
    "LAXative, I am mad, to CAN it, going to SEA, lax to jfk",
    "",
)
HOSTILE = [
    "order " * 400, "$1,111" * 400, "1," * 1000, "a-" * 1000, "LAX-" * 500, "order number number " * 100, "0" * 2000,
    "A" * 2000, " " * 2000, "order:::::    " * 150, "flight #" * 250, "1st of " * 300, "\ufdd0order #1234\ufdd1" * 9,
    "$1 \\1 $0 \\ order #$1234", "\U0001f600" * 2100 + " order #12345", "\x00\n\r from LHR\u2028", "\ufdd1\ufdd1 BA117",
]  # fmt: skip


def kinds(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in recognise_text(text):
        found.setdefault(each.kind, []).append(each.text)
    return found


@pytest.mark.parametrize(("text", "expected"), FOUND.items())
def test_what_a_ticket_needs_is_recognised(text: str, expected: dict[str, list[str]]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert kinds(text) == {}


def test_offsets_are_code_points_of_the_text() -> None:
    assert recognise_text("\U0001f600 from LHR!") == [Recognised("airport", "LHR", 7, 10)]
    for text in FOUND:
        assert all(text[each.begin : each.end] == each.text for each in recognise_text(text))


def test_masked_text_is_read_like_raw_text() -> None:
    assert kinds("@user order #99812 [account] [phone] http") == {"order": ["99812"]}


def test_a_hostile_text_is_no_weapon() -> None:
    started = time.perf_counter()
    for text in HOSTILE:
        recognise_text(text)
    assert time.perf_counter() - started < 10


def test_every_code_of_the_list_has_its_length_and_stands_once() -> None:
    import yaml

    lists = {
        name: codes.split()
        for name, codes in yaml.safe_load(read_resource("models/annotation/text/travel_codes.yaml")).items()
    }
    assert all(len(set(codes)) == len(codes) for codes in lists.values())
    assert {len(code) for code in lists["airports"]} == {3}
    assert set(lists["airport_words"]) <= set(lists["airports"])
    assert {len(code) for code in lists["airlines"]} == {2}


def test_spark_and_python_agree(spark: SparkSession) -> None:
    assert_engines_agree(spark, [*FOUND, *LEFT_ALONE, *HOSTILE])


def test_spark_and_python_agree_on_complaints_about_airlines(spark: SparkSession, shared_data: Path) -> None:
    with gzip.open(shared_data / "airline/airline_train.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        assert_engines_agree(spark, [row["text"] for row in islice(csv.DictReader(lines), 1000)])


def test_null_stays_null(spark: SparkSession) -> None:
    one = spark.createDataFrame([(None,)], "text string")
    assert one.select(recognised_column(F.col("text")).alias("found")).collect()[0].found is None


def assert_engines_agree(spark: SparkSession, texts: list[str]) -> None:
    rows = spark.createDataFrame(list(enumerate(texts)), "row int, text string")
    answers = rows.select("row", recognised_column(F.col("text")).alias("found"))
    assert answers.schema["found"].dataType.simpleString() == RECOGNISED
    found = {answer.row: [Recognised(*each) for each in answer.found] for answer in answers.collect()}
    assert [text for row, text in enumerate(texts) if found[row] != recognise_text(text)] == []
