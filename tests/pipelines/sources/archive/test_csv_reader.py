"""A CSV of tweets: the columns' guesses, the ids that are made, and the rows that are broken."""

import csv
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources.archive.reader import read_archive
from pipelines.sources.archive.record import Record
from pipelines.sources.archive.tables.columns import read_column_map
from pipelines.sources.archive.tables.dates import parse_date
from pipelines.sources.archive.tables.ids import derived_id
from runtime.errors import BadInput, UsageError

SNOWFLAKE_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)


def records_of(folder: Path, *rows: str | bytes, **options: Any) -> list[Record]:
    path = folder / options.pop("name", "tweets.csv")
    path.write_bytes(b"".join((row.encode() if isinstance(row, str) else row) + b"\n" for row in rows))
    return list(read_archive(path, **options))


def payload_of(record: Record) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(record.value)
    return payload


def test_one_tweet_under_two_brands_is_one_id_with_two_rules(tmp_path: Path) -> None:
    rows = ["n,text,location,Date,Bank", "0,Queues again,Nairobi,2020-04-07 07:22:58,KCB Bank"]
    first, second = records_of(tmp_path, *rows, "1,Queues again,Nairobi,2020-04-07 07:22:58,Equity Bank")
    assert first.key == second.key
    assert first.value == second.value
    assert (first.rules, second.rules) == (("brand:kcb",), ("brand:equity",))
    assert first.position != second.position


def test_a_made_id_carries_its_date_and_depends_on_the_text() -> None:
    at = datetime(2020, 4, 7, 7, 22, 58, tzinfo=UTC)
    made = int(derived_id(at, "one text"))
    assert timedelta(0) <= SNOWFLAKE_EPOCH + timedelta(milliseconds=made >> 22) - at < timedelta(seconds=1)
    assert derived_id(at, "one text") == str(made) != derived_id(at, "another text")
    assert 0 < int(derived_id(datetime(2007, 1, 1, tzinfo=UTC), "before snowflakes")) < 2**63


def test_a_row_becomes_a_v2_payload_with_its_author(tmp_path: Path) -> None:
    header = "tweet_id,created_at,lang,text,author_id,screen_name,name,location,followers,verified,retweet_count"
    row = '123.0,2023-01-02T03:04:05Z,en,"a ""quoted"" word",77,ann,Ann,"Nairobi, KE",16264.0,1,3'
    (record,) = records_of(tmp_path, header, row)
    assert (record.key, record.format, record.kind) == (b"123", "csv", "tweet")
    assert payload_of(record) == {
        "data": {
            "id": "123",
            "text": 'a "quoted" word',
            "created_at": "2023-01-02T03:04:05.000Z",
            "author_id": "77",
            "lang": "en",
            "public_metrics": {"retweet_count": 3},
        },
        "includes": {
            "users": [
                {
                    "id": "77",
                    "username": "ann",
                    "name": "Ann",
                    "location": "Nairobi, KE",
                    "verified": True,
                    "public_metrics": {"followers_count": 16264},
                }
            ]
        },
    }


def test_an_author_known_by_name_alone_has_one_made_id(tmp_path: Path) -> None:
    rows = ["id,text,handle", "1,a,Ann", "2,b,ann", "3,c,Bob"]
    first, second, third = (payload_of(record)["data"]["author_id"] for record in records_of(tmp_path, *rows))
    assert first == second != third
    assert first.isdigit()
    assert len(first) == 19


def test_a_row_without_a_readable_date_is_kept_without_inventing_one(tmp_path: Path) -> None:
    none, odd = records_of(tmp_path, "text,date", "hello,", "hello,yesterday")
    assert payload_of(none)["data"] == {"text": "hello"}
    assert payload_of(odd)["data"] == {"text": "hello", "created_at": "yesterday"}


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2020-04-07 07:22:58", "2020-04-07T07:22:58+00:00"),
        ("2015-02-24 11:35:52 -0800", "2015-02-24T19:35:52+00:00"),
        ("Tue Oct 31 22:10:47 +0000 2017", "2017-10-31T22:10:47+00:00"),
        ("1577836800", "2020-01-01T00:00:00+00:00"),
        ("1577836800000", "2020-01-01T00:00:00+00:00"),
        ("31st of March", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("", None),
    ],
)
def test_dates_are_read_in_every_form_that_archives_have(text: str, iso: str | None) -> None:
    parsed = parse_date(text)
    assert (parsed.isoformat() if parsed else None) == iso


def test_texts_over_several_lines_and_bare_carriage_returns_stay_one_row(tmp_path: Path) -> None:
    rows: list[str | bytes] = [
        "id,text,n",
        '1,"first\r\n\r\nthird",0',
        b"2,bare \r return,0",
        "3,\u0085 next \u2028 line,0",
        "",
    ]
    records = records_of(tmp_path, *rows)
    texts = [payload_of(record)["data"]["text"] for record in records]
    assert texts == ["first\n\nthird", "bare   return", "\u0085 next \u2028 line"]
    assert [record.position for record in records] == ["tweets.csv#1.0", "tweets.csv#2.0", "tweets.csv#3.0"]


def test_a_quote_that_nobody_closes_costs_one_row(tmp_path: Path) -> None:
    records = records_of(tmp_path, "id,text", '1,"never closed', "2,fine", "3,fine")
    assert [record.format for record in records] == ["unknown", "csv", "csv"]
    assert records[0].value == b'1,"never closed'


def test_a_row_with_more_cells_than_columns_goes_on_as_it_is(tmp_path: Path) -> None:
    (record,) = records_of(tmp_path, "id,text", "1,a,b,c")
    assert (record.value, record.format) == (b"1,a,b,c", "unknown")


def test_tabs_and_semicolons_are_seen_and_a_tab_file_does_not_quote(tmp_path: Path) -> None:
    (tabs,) = records_of(tmp_path, "id\ttext", '1\t"so he said, it', name="tweets.tsv")
    (semicolons,) = records_of(tmp_path, "id;text", "1;a, b", name="tweets.txt")
    assert payload_of(tabs)["data"]["text"] == '"so he said, it'
    assert payload_of(semicolons)["data"]["text"] == "a, b"


def test_a_column_map_overrules_the_guesses(tmp_path: Path) -> None:
    columns: dict[str, str | None] = {"text": "words", "brand": "shop", "lang": None}
    (record,) = records_of(tmp_path, "id,text,words,shop,lang", "1,no,yes,Acme,en", column_map=columns)
    assert payload_of(record)["data"] == {"id": "1", "text": "yes"}
    assert record.rules == ("brand:acme",)


def test_a_map_to_a_column_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no column 'wrods' for text; it has 'id', 'words'"):
        records_of(tmp_path, "id,words", "1,a", column_map={"text": "wrods"})


def test_a_header_without_a_text_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--columns"):
        records_of(tmp_path, "id,number", "1,2")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("txt: Tweet", "names 'txt'"),
        ("text: [3]", "must be the name of a column"),
        ("- text", "must contain lines"),
        ("{", "YAML"),
    ],
)
def test_a_wrong_column_map_is_a_usage_error(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "columns.yaml"
    path.write_text(content)
    with pytest.raises(UsageError, match=sentence):
        read_column_map(path)


def test_a_reply_is_recognised_by_its_column(tmp_path: Path) -> None:
    (record,) = records_of(tmp_path, "tweet_id,text,author_id,in_response_to_tweet_id", "5,thanks,AcmeHelp,3.0")
    payload = payload_of(record)
    assert payload["data"]["referenced_tweets"] == [{"type": "replied_to", "id": "3"}]
    assert payload["includes"]["users"][0]["username"] == "AcmeHelp"


def test_the_bank_file_is_read_whole_and_shared_tweets_have_one_id(shared_data: Path) -> None:
    rules: defaultdict[bytes, set[str]] = defaultdict(set)
    texts: dict[bytes, tuple[str, str]] = {}
    count = 0
    for record in read_archive(shared_data / "banks/kenya_bank_tweets.csv.gz"):
        data = payload_of(record)["data"]
        count += 1
        rules[record.key] |= set(record.rules)
        assert texts.setdefault(record.key, (data["created_at"], data["text"])) == (data["created_at"], data["text"])
    assert count == 7571
    assert len(set(texts.values())) == len(texts)
    assert sum(len(found) > 1 for found in rules.values()) > 700


@pytest.mark.parametrize(
    ("name", "rows"),
    [("support/twcs_first5000", 5000), ("airline/airline_train", 11_852), ("complaints/complaints_train", 2751)],
)
def test_the_other_tables_are_read_whole(shared_data: Path, name: str, rows: int) -> None:
    formats = [record.format for record in read_archive(shared_data / f"{name}.csv.gz")]
    assert (len(formats), set(formats)) == (rows, {"csv"})


def test_the_limit_of_a_cell_is_ours_not_the_modules(tmp_path: Path) -> None:
    csv.field_size_limit(131_072)
    (record,) = records_of(tmp_path, "id,text", f"1,{'x' * 300_000}")
    assert len(payload_of(record)["data"]["text"]) == 300_000
